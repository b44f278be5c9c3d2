/** Settings from environment variables, by the names that the settings themselves document. */
import type { Settings } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Advice from "../Advice.ts"
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

const namesOf = (settings: ReadonlyArray<Setting.Description>): ReadonlySet<string> =>
  new Set(settings.flatMap(({ names }) => names))

/** The files that variables of these settings name. */
export const filesOf = (
  settings: ReadonlyArray<Setting.Description>,
  environment: Environment
): ReadonlyArray<string> => {
  const known = namesOf(settings)
  return settings.flatMap(({ names }) =>
    names.flatMap((name) => find(environment, name, known)).filter(({ isFile }) => isFile).map(({ text }) => text)
  )
}

const load = Effect.fnUntraced(function*({ isFile, text, variable }: Found) {
  if (!isFile) return { value: text, origin: `environment ${variable}` }
  const content = yield* Effect.mapError(readText(text), (problem) => `names the file ${text}: ${problem}`)
  return { value: content.replace(/\r?\n$/, ""), origin: `file ${text}, named by ${variable}` }
})

const outvoted = (key: string, winner: string, loser: string): Settings.Advice =>
  Advice.contradiction([key], `environment variables ${winner} and ${loser} both set ${key}: ${winner} wins`)

const alias = (key: string, name: string, canonical: string): Settings.Advice => ({
  kind: "alias",
  keys: [key],
  message: `environment variable ${name} is an alias: use ${canonical}`
})

/** One sentence for every other name that was used, and for every one that says something else than the winner. */
const adviceOn = (
  { names: [canonical = ""], path }: Setting.Description,
  [winner, ...others]: ReadonlyArray<Found>
): ReadonlyArray<Settings.Advice> => {
  if (winner === undefined) return []
  const key = path.join(".")
  return [winner, ...others].flatMap((found) => [
    ...(found.name === canonical ? [] : [alias(key, found.name, canonical)]),
    ...(found.text === winner.text && found.isFile === winner.isFile
      ? []
      : [outvoted(key, winner.variable, found.variable)])
  ])
}

/**
 * Lays the environment over the settings. The first name of a setting is canonical and wins over its aliases.
 * `NAME_FILE` names a file that holds the value; one newline at its end does not belong to the value.
 */
export const applyEnvironment = Effect.fnUntraced(function*(
  root: MapNode,
  settings: ReadonlyArray<Setting.Description>,
  environment: Environment
) {
  const known = namesOf(settings)
  const faults: Array<Fault> = []
  const advice: Array<Settings.Advice> = []
  let current = root

  for (const setting of settings) {
    const key = setting.path.join(".")
    const all = setting.names.flatMap((name) => find(environment, name, known))
    const [found, second] = all
    if (found === undefined) continue
    const origin = `environment ${found.variable}`
    if (second?.name === found.name) {
      const problem = `${found.variable} and ${second.variable} are both set; keep one of them`
      faults.push({ key, origin, problem })
      continue
    }
    advice.push(...adviceOn(setting, all))
    const loaded = yield* Effect.result(load(found))
    if (Result.isFailure(loaded)) {
      faults.push({ key, origin, problem: loaded.failure })
      continue
    }
    const laid = put(current, setting.path, { kind: "scalar", literal: true, ...loaded.success })
    if (Result.isFailure(laid)) faults.push({ key, origin, problem: laid.failure })
    else current = laid.success
  }
  return { root: current, faults, advice }
})
