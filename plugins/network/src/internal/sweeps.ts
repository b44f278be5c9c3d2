/** Deadlines that one look at everything keeps, instead of a timer of each. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** How late a deadline may be noticed: a quarter of it, and not more than a second. */
const pauseOf = (limit: number): number => Math.max(10, Math.min(1000, limit / 4))

/** Looks again and again, for a limit that may change meanwhile. Never returns. */
export const sweeps = (limit: () => Duration.Duration, round: Effect.Effect<void>): Effect.Effect<never> =>
  Effect.suspend(() => Effect.andThen(Effect.sleep(Duration.millis(pauseOf(Duration.toMillis(limit())))), round)).pipe(
    Effect.forever
  )
