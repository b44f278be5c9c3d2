/** Takes the last migration back and applies it again, or prints how. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { Given } from "./flags.ts"
import * as show from "./show.ts"
import { lastApplied, withMigrations } from "./work.ts"

interface Own {
  readonly dryRun: boolean
}

const nothing = "Nothing was applied yet."

export const run = (given: Given, { dryRun }: Own) =>
  withMigrations(
    given,
    Effect.fnUntraced(function*(work) {
      const { planDown, redo } = work.migrations
      const [last] = yield* lastApplied(work, 1)
      if (last === undefined) return yield* Console.log(show.done([], given.json, nothing))
      if (dryRun) return yield* Console.log(show.planned(yield* planDown(last.set, 1), given.json, nothing))
      yield* Console.log(show.done(yield* redo(last.set), given.json, nothing))
    })
  )
