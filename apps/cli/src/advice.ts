/** Advice by kind, as a person reads it. Pure. */
import type { Settings } from "@heptad/kernel"
import { block } from "./columns.ts"

const kinds = [
  ["contradiction", "contradictions"],
  ["not-applied", "not applied"],
  ["alias", "aliases"],
  ["hint", "hints"]
] as const satisfies ReadonlyArray<readonly [Settings.Advice["kind"], string]>

export const counts = (advice: ReadonlyArray<Settings.Advice>) =>
  Object.fromEntries(kinds.map(([kind]) => [kind, advice.filter((each) => each.kind === kind).length]))

export const render = (advice: ReadonlyArray<Settings.Advice>): ReadonlyArray<string> =>
  kinds.flatMap(([kind, title]) => {
    const messages = advice.filter((each) => each.kind === kind).map(({ message }) => message)
    return block(`${title} (${messages.length})`, messages)
  })
