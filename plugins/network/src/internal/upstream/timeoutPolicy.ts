/** Each try has its time, and no more than is left of the time for all of them. */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { UpstreamFailed } from "../../errors.ts"
import { nowOf, type Send } from "./call.ts"
import type { Upstream } from "./upstream.ts"

export const timed = ({ policy: { name, tryMillis } }: Upstream) => (next: Send): Send => (call) =>
  Effect.clockWith((clock: Clock.Clock) => {
    const left = call.deadline - nowOf(clock)
    const over = Effect.suspend(() => {
      // Told before the try is interrupted, so that it counts against its endpoint.
      call.timedOut = true
      return Effect.fail(new UpstreamFailed({ upstream: name, fault: left <= tryMillis ? "total_timeout" : "timeout" }))
    })
    call.timedOut = false
    if (left <= 0) return over
    // With Effect.timeoutOrElse the try would be interrupted before anybody can say why.
    // @effect-diagnostics-next-line raceFirstWithSleepToTimeout:off
    return Effect.raceFirst(next(call), Effect.andThen(Effect.sleep(Math.min(left, tryMillis)), over))
  })
