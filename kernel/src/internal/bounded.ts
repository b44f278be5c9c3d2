import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/**
 * Runs an effect on a fiber of its own and waits for it, whatever happens to the caller. Finalizers of an interrupted fiber
 * need this: there, every interruptible step, a sleep or a deadline, would end at once.
 */
export const apart = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Effect.forkDetach(effect, { startImmediately: true }), Fiber.await)

/**
 * Runs an effect on a fiber of its own and waits at most `budget` for it. A plain timeout would wait for an
 * uninterruptible region to end; acquiring and releasing are such regions, and they are what hangs in practice.
 * `patience` is for the end of the effect when the caller itself is interrupted.
 */
export const bounded = <A, E, R, B, E2, R2>(
  effect: Effect.Effect<A, E, R>,
  budget: Duration.Duration,
  orElse: Effect.Effect<B, E2, R2>,
  patience = budget
): Effect.Effect<A | B, E | E2, R | R2> =>
  Effect.flatMap(Effect.forkDetach(effect, { startImmediately: true }), (fiber) =>
    Fiber.join(fiber).pipe(
      Effect.timeoutOrElse({
        duration: budget,
        orElse: () => Effect.andThen(Effect.forkDetach(Fiber.interrupt(fiber)), orElse)
      }),
      Effect.onInterrupt(() => apart(Effect.timeoutOption(Fiber.interrupt(fiber), patience)))
    ))
