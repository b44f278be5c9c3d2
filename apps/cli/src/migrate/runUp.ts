/** Applies what is missing of every set, or prints it. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { Given } from "./flags.ts"
import * as show from "./show.ts"
import { withMigrations } from "./work.ts"

interface Own {
  readonly dryRun: boolean
}

const nothing = "Nothing to apply."

export const run = (given: Given, { dryRun }: Own) =>
  withMigrations(given, ({ migrations: { planUp, up }, sets }) =>
    dryRun
      ? Effect.flatMap(
        Effect.forEach(sets, planUp),
        (all) => Console.log(show.planned(all.flat(), given.json, nothing))
      )
      : Effect.flatMap(Effect.forEach(sets, up), (all) => Console.log(show.done(all.flat(), given.json, nothing))))
