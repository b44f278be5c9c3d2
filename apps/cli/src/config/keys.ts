/** Settings by their dotted keys. */
import { nearest } from "@heptad/kernel"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { Answered } from "../Answered.ts"

/** `a.b.c` and the groups that it is in: `a.b` and `a`. */
const prefixes = (key: string): ReadonlyArray<string> =>
  key.split(".").map((_, index, steps) => steps.slice(0, index + 1).join("."))

const isBelow = (key: string, prefix: string): boolean =>
  prefix === "" || key === prefix || key.startsWith(`${prefix}.`)

const unknown = (prefix: string, all: ReadonlyArray<string>): string => {
  const guess = nearest(prefix, [...new Set(all.flatMap(prefixes))])
  const hint = guess === undefined ? "see: heptad config show" : `did you mean "${guess}"?`
  return `heptad: there is no setting "${prefix}"; ${hint}`
}

/** The settings of a key or a group; all for the empty text. An unknown key ends with exit code 1 and the nearest one. */
export const below = Effect.fnUntraced(function*<A extends { readonly key: string }>(
  settings: ReadonlyArray<A>,
  prefix: string
) {
  const found = settings.filter(({ key }) => isBelow(key, prefix))
  if (found.length > 0 || prefix === "") return found
  yield* Console.error(unknown(prefix, settings.map(({ key }) => key)))
  return yield* new Answered({ exitCode: 1 })
})
