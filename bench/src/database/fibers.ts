/** How sides of Effect keep their lanes busy: with 64 fibers. */
import * as Effect from "effect/Effect"
import { sizes, type Work } from "./agreed.ts"
import type { Lanes } from "./side.ts"

export type Operations = Record<Work, (lane: number) => Effect.Effect<unknown, unknown>>

const laneOf = (operation: Effect.Effect<unknown, unknown>, { ended, going, now }: Lanes) => {
  let startedAt = 0
  return Effect.whileLoop({
    while: going,
    body: () => {
      startedAt = now()
      return operation
    },
    step: () => ended(startedAt)
  })
}

export const byFibers = (operations: Operations) => (work: Work, lanes: Lanes) =>
  Effect.runPromise(
    Effect.forEach(
      Array.from({ length: sizes.lanes }),
      (_, lane) => laneOf(Effect.suspend(() => operations[work](lane)), lanes),
      { concurrency: "unbounded", discard: true }
    )
  )
