/** `--set a.b.c=value`. */
import * as Result from "effect/Result"
import { atHome, put } from "./merge.ts"
import { type Fault, forbiddenKeys, type MapNode, type Node } from "./node.ts"
import { parse } from "./yaml.ts"

interface Override {
  readonly path: ReadonlyArray<string>
  readonly origin: string
  readonly text: string
}

const split = (override: string): Result.Result<Override, Fault> => {
  const equals = override.indexOf("=")
  const key = equals === -1 ? override : override.slice(0, equals).trim()
  const origin = `--set ${key.slice(0, 100)}`
  const fail = (problem: string) => Result.fail({ key: "settings", origin, problem })
  if (equals === -1) return fail(`there is no value; write --set ${key.slice(0, 100)}=value`)
  const path = key.split(".")
  if (path.includes("")) return fail("a path is names with dots between them, for example thread.pool_size")
  if (path.some((step) => forbiddenKeys.has(step))) return fail("no setting may have this name")
  return Result.succeed({ path: atHome(path), origin, text: override.slice(equals + 1) })
}

/** What is wrong with the form of `a.b.c=value`, whichever setting it names. */
export const formFault = (override: string): string | undefined => {
  const parts = split(override)
  return Result.isFailure(parts) ? parts.failure.problem : value(parts.success).faults[0]?.problem
}

const value = ({ origin, path, text }: Override): { readonly node: Node; readonly faults: ReadonlyArray<Fault> } => {
  const { faults, node } = parse(text, () => origin)
  return {
    // Nothing behind the "=" is the empty text; YAML would say null.
    node: node ?? { kind: "scalar", origin, value: "" },
    faults: faults.map(({ problem }) => ({ key: path.join("."), origin, problem }))
  }
}

/** Lays the overrides over the settings in the order given; each value is YAML, so that lists and maps work. */
export const applyOverrides = (root: MapNode, overrides: ReadonlyArray<string>) => {
  const all: Array<Fault> = []
  let current = root
  for (const override of overrides) {
    const parts = split(override)
    if (Result.isFailure(parts)) {
      all.push(parts.failure)
      continue
    }
    const { origin, path } = parts.success
    const { faults, node } = value(parts.success)
    const laid = faults.length > 0 ? Result.succeed(current) : put(current, path, node)
    all.push(...faults)
    if (Result.isFailure(laid)) all.push({ key: path.join("."), origin, problem: laid.failure })
    else current = laid.success
  }
  return { root: current, faults: all }
}
