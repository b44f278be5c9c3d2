/** Takes the last migrations back, whichever sets they belong to, or prints how. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { Given } from "./flags.ts"
import * as show from "./show.ts"
import { type Applied, lastApplied, withMigrations, type Work } from "./work.ts"

interface Own {
  readonly steps: number
  readonly dryRun: boolean
}

const nothing = "Nothing to take back."

/** All ways back are looked at before the first one is gone. */
const plan = Effect.fnUntraced(function*({ migrations }: Work, last: ReadonlyArray<Applied>) {
  const bySet = Map.groupBy(last, ({ set }) => set)
  const all = yield* Effect.forEach([...bySet], ([set, { length }]) => migrations.planDown(set, length))
  const order = new Map(last.map(({ id, set }, index) => [`${set.name} ${id}`, index]))
  const at = ({ id, set }: { readonly id: number; readonly set: string }) => order.get(`${set} ${id}`) ?? last.length
  return all.flat().toSorted((a, b) => at(a) - at(b))
})

export const run = (given: Given, { dryRun, steps }: Own) =>
  withMigrations(
    given,
    Effect.fnUntraced(function*(work) {
      const last = yield* lastApplied(work, steps)
      const planned = yield* plan(work, last)
      if (dryRun) return yield* Console.log(show.planned(planned, given.json, nothing))
      const all = yield* Effect.forEach(last, ({ set }) => work.migrations.down(set, 1))
      yield* Console.log(show.done(all.flat(), given.json, nothing))
    })
  )
