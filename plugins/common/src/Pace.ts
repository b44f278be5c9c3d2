/** The pause of something that is repeated, where its setting may change meanwhile: health checks, samplers, writers. */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

export class Pace {
  #interval: Duration.Duration
  #changed = Deferred.makeUnsafe<void>()
  #isDue = false

  constructor(interval: Duration.Duration) {
    this.#interval = interval
  }

  /** Lasts one interval. A change of it ends the pause at once, so that nobody waits out an hour that was a mistake. */
  readonly rest: Effect.Effect<void> = Effect.suspend(() => {
    if (!this.#isDue) return Effect.asVoid(Effect.timeoutOption(Deferred.await(this.#changed), this.#interval))
    this.#isDue = false
    return Effect.void
  })

  readonly set = (interval: Duration.Duration): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (Duration.equals(interval, this.#interval)) return Effect.void
      this.#interval = interval
      return this.#wake()
    })

  /** There is a reason to look again: ends the pause of who rests, and leaves out the next one, for who looks at this moment. */
  readonly hurry: Effect.Effect<void> = Effect.suspend(() => {
    this.#isDue = true
    return this.#wake()
  })

  #wake(): Effect.Effect<void> {
    const changed = this.#changed
    this.#changed = Deferred.makeUnsafe()
    return Effect.asVoid(Deferred.succeed(changed, undefined))
  }
}
