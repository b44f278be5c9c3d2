/**
 * The deadlines of everything under way to one upstream, kept by one fiber that sleeps until the next of them. A race of each
 * try with a sleep of its own would cost two fibers and a timer per try, nearly all of which never ring.
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { nowOf } from "./call.ts"

export interface Deadline {
  /** Of `nowOf`. */
  readonly at: number
  readonly over: () => void
}

export class Deadlines {
  readonly #all = new Set<Deadline>()
  /** Until when the fiber sleeps; what comes earlier has to wake it. */
  #until = Infinity
  #wake = (): void => {}

  readonly add = (deadline: Deadline): void => {
    this.#all.add(deadline)
    if (deadline.at < this.#until) this.#wake()
  }

  readonly delete = (deadline: Deadline): void => {
    this.#all.delete(deadline)
  }

  /** Ends what is over, and tells when the next one is. */
  readonly #ring = (now: number): number => {
    let next = Infinity
    for (const deadline of this.#all) {
      if (deadline.at > now) {
        next = Math.min(next, deadline.at)
        continue
      }
      this.#all.delete(deadline)
      deadline.over()
    }
    return next
  }

  /** A deadline that is gone when it rings costs one look at the others, and nobody has to be woken for it before. */
  readonly #rest = (clock: Clock.Clock): Effect.Effect<void> =>
    Effect.suspend(() => {
      const now = nowOf(clock)
      this.#until = this.#ring(now)
      const woken = Effect.callback<void>((resume) => {
        this.#wake = () => {
          this.#until = -Infinity
          resume(Effect.void)
        }
      })
      return this.#until === Infinity ? woken : Effect.timeoutOption(woken, this.#until - now)
    })

  readonly keep: Effect.Effect<never> = Effect.clockWith((clock: Clock.Clock) => Effect.forever(this.#rest(clock)))
}
