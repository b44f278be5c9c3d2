import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** Asks every 20 ms until the answer is defined; `TimeoutError` when that takes longer than `patience`. */
export const until = <A, E, R>(ask: Effect.Effect<A | undefined, E, R>, patience: Duration.Input) =>
  Effect.gen(function*() {
    for (;;) {
      const answer = yield* ask
      if (answer !== undefined) return answer
      yield* Effect.sleep("20 millis")
    }
  }).pipe(Effect.timeout(patience))
