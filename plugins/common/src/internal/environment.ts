/** Settings from environment variables, by the names that the settings themselves document. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Setting from "../Setting.ts"
import { put } from "./merge.ts"
import type { Fault, MapNode } from "./node.ts"
import { readText } from "./readText.ts"

type Environment = Readonly<Record<string, string | undefined>>

/** A variable that sets a setting: by its value, or by a file that `<name>_FILE` points to. */
interface Found {
  readonly name: string
  readonly variable: string
  readonly text: string
  readonly isFile: boolean
}

/** Compose files and shells leave empty variables behind, so an empty one counts as not set. */
const read = (environment: Environment, name: string): string | undefined =>
  Object.hasOwn(environment, name) && environment[name] !== "" ? environment[name] : undefined

const fileVariable = (name: string) => `${name}_FILE`

const find = (environment: Environment, name: string, known: ReadonlySet<string>): ReadonlyArray<Found> => {
  const byFile = fileVariable(name)
  const text = read(environment, name)
  // A setting of its own may be called so.
  const file = known.has(byFile) ? undefined : read(environment, byFile)
  return [
    ...(text === undefined ? [] : [{ name, variable: name, text, isFile: false }]),
    ...(file === undefined ? [] : [{ name, variable: byFile, text: file, isFile: true }])
  ]
}

/** What sets this setting: the first of its names that is there, in both forms if both are. */
const lookUp = ({ env = [] }: Setting.Description, environment: Environment, known: ReadonlySet<string>) =>
  env.map((name) => find(environment, name, known)).find((found) => found.length > 0) ?? []

const load = Effect.fnUntraced(function*({ isFile, text, variable }: Found) {
  if (!isFile) return { value: text, origin: `environment ${variable}` }
  const content = yield* Effect.mapError(readText(text), (problem) => `names the file ${text}: ${problem}`)
  return { value: content.replace(/\r?\n$/, ""), origin: `file ${text}, named by ${variable}` }
})

/**
 * Lays the environment over the settings. The first name of a setting is canonical and wins over its aliases.
 * `NAME_FILE` names a file that holds the value; one newline at its end does not belong to the value.
 */
export const applyEnvironment = Effect.fnUntraced(function*(
  root: MapNode,
  settings: ReadonlyArray<Setting.Description>,
  environment: Environment
) {
  const known = new Set(settings.flatMap(({ env = [] }) => env))
  const faults: Array<Fault> = []
  const aliases = new Map<string, string>()
  let current = root

  for (const setting of settings) {
    const key = setting.path.join(".")
    const [found, second] = lookUp(setting, environment, known)
    if (found === undefined) continue
    const origin = `environment ${found.variable}`
    if (second !== undefined) {
      const problem = `${found.variable} and ${second.variable} are both set; keep one of them`
      faults.push({ key, origin, problem })
      continue
    }
    const canonical = setting.env?.[0] ?? found.name
    if (found.name !== canonical) aliases.set(found.name, canonical)
    const loaded = yield* Effect.result(load(found))
    if (Result.isFailure(loaded)) {
      faults.push({ key, origin, problem: loaded.failure })
      continue
    }
    const laid = put(current, setting.path, { kind: "scalar", literal: true, ...loaded.success })
    if (Result.isFailure(laid)) faults.push({ key, origin, problem: laid.failure })
    else current = laid.success
  }
  return { root: current, faults, aliases }
})
