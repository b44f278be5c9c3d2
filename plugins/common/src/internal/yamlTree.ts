/**
 * Walks the tree that npm `yaml` made of a text. It is not simply converted, for the sake of positions, of duplicate
 * keys with their names, and of limits on depth, aliases and size.
 */
import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Pair, type YAMLMap, type YAMLSeq } from "yaml"
import { type Fault, forbiddenKeys, map, type Node, type Scalar } from "./node.ts"

export const maxDepth = 32
const maxAliases = 100
const maxValues = 100_000

/** Turns an offset into the text into an origin. */
export type Position = (offset: number) => string

/** Thrown by the walk when a limit is passed. */
export class LimitPassed extends Error {}

const below = (path: string, key: string | number) => path === "" ? String(key) : `${path}.${key}`

const isScalarValue = (value: unknown): value is Scalar =>
  value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean"

const positionOf = (node: unknown, position: Position): string | undefined =>
  typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range)
    ? position(Number(node.range[0]))
    : undefined

/** The settings of a document; what cannot be one is left out and told in `faults`. Throws `LimitPassed`. */
export const walk = (doc: Document.Parsed, position: Position, faults: Array<Fault>): Node | undefined => {
  let aliases = 0
  let values = 0

  const fault = (path: string, origin: string, problem: string): undefined => {
    faults.push({ key: path === "" ? "settings" : path, origin, problem })
  }

  const alias = (node: Alias, path: string, origin: string, depth: number) => {
    if (++aliases > maxAliases) throw new LimitPassed(`uses more than ${maxAliases} aliases`)
    const target = node.resolve(doc)
    return target === undefined
      ? fault(path, origin, `no anchor "&${node.source}" stands before this alias`)
      : visit(target, path, origin, depth)
  }

  const list = (node: YAMLSeq, path: string, origin: string, depth: number): Node => ({
    kind: "list",
    origin,
    items: node.items.flatMap((item, index) =>
      visit(item, below(path, index), positionOf(item, position) ?? origin, depth + 1) ?? []
    )
  })

  const keyOf = ({ key }: Pair, path: string, origin: string): string | undefined => {
    if (!isScalar(key) || typeof key.value === "object") return fault(path, origin, "a key must be a word")
    // The source, so that `1.20` is not the key "1.2"; the library sets it on every parsed scalar.
    const name = key.source ?? ""
    if (name === "<<") return fault(below(path, name), origin, "merge keys are not read; write the keys out")
    return forbiddenKeys.has(name) ? fault(below(path, name), origin, "no setting may have this name") : name
  }

  const group = (node: YAMLMap, path: string, origin: string, depth: number): Node => {
    const entries = new Map<string, Node>()
    for (const pair of node.items) {
      const at = positionOf(pair.key, position) ?? origin
      const key = keyOf(pair, path, at)
      if (key === undefined) continue
      const first = entries.get(key)
      const child = visit(pair.value, below(path, key), at, depth + 1)
      if (first !== undefined) fault(below(path, key), at, `written twice; the first one is at ${first.origin}`)
      else if (child !== undefined) entries.set(key, child)
    }
    return map(origin, entries)
  }

  const visit = (node: unknown, path: string, origin: string, depth: number): Node | undefined => {
    if (depth > maxDepth) throw new LimitPassed(`is nested deeper than ${maxDepth} levels`)
    if (++values > maxValues) throw new LimitPassed(`holds more than ${maxValues} values`)
    if (isAlias(node)) return alias(node, path, origin, depth)
    if (isMap(node)) return group(node, path, origin, depth)
    if (isSeq(node)) return list(node, path, origin, depth)
    const value = (isScalar(node) ? node.value : node) ?? null
    return isScalarValue(value)
      ? { kind: "scalar", origin, value }
      : fault(path, origin, "a setting is a text, a number, true, false, a list or a map")
  }

  return visit(doc.contents, "", position(doc.contents?.range[0] ?? 0), 0)
}
