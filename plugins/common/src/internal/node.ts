/** Settings while they are put together: every map, list and scalar knows where it was written. */

export interface MapNode {
  readonly kind: "map"
  readonly origin: string
  readonly entries: ReadonlyMap<string, Node>
}

export interface ListNode {
  readonly kind: "list"
  readonly origin: string
  readonly items: ReadonlyArray<Node>
}

export type Scalar = string | number | boolean | null

export interface ScalarNode {
  readonly kind: "scalar"
  readonly origin: string
  readonly value: Scalar
  /** Taken as it is: `${` in it means nothing. */
  readonly literal?: boolean
}

export type Node = MapNode | ListNode | ScalarNode

export const map = (origin: string, entries: ReadonlyMap<string, Node> = new Map()): MapNode => ({
  kind: "map",
  origin,
  entries
})

/** Keys that could reach the prototype of an object; no setting has such a name. */
export const forbiddenKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"])

/** What was read and what was wrong with it. */
export interface Fault {
  readonly key: string
  readonly origin: string
  readonly problem: string
}

const valueOf = (node: Node): unknown =>
  node.kind === "scalar"
    ? node.value
    : node.kind === "list"
    ? node.items.map(valueOf)
    : Object.fromEntries([...node.entries].map(([key, child]) => [key, valueOf(child)]))

const childrenOf = (node: Node): ReadonlyArray<readonly [string, Node]> =>
  node.kind === "map"
    ? [...node.entries]
    : node.kind === "list"
    ? node.items.map((item, index) => [String(index), item] as const)
    : []

const collectOrigins = (node: Node, path: string, into: Map<string, string>): void => {
  if (path !== "") into.set(path, node.origin)
  for (const [key, child] of childrenOf(node)) collectOrigins(child, path === "" ? key : `${path}.${key}`, into)
}

/** The plain value, and the origin of every dotted path in it. */
export const toTree = (root: MapNode) => {
  const origins = new Map<string, string>()
  collectOrigins(root, "", origins)
  const value = Object.fromEntries([...root.entries].map(([key, child]) => [key, valueOf(child)]))
  return { value, origins }
}
