/** Each try has its time, and no more than is left of the time for all of them. */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { UpstreamFailed } from "../../errors.ts"
import { type Call, nowOf, type Send } from "./call.ts"
import type { Upstream } from "./upstream.ts"

export const timed = ({ deadlines, policy: { name, tryMillis } }: Upstream) => (next: Send): Send => {
  const over = (left: number) =>
    new UpstreamFailed({ upstream: name, fault: left <= tryMillis ? "total_timeout" : "timeout" })

  const within = (call: Call, now: number, left: number) => {
    const deadline = {
      at: now + Math.min(left, tryMillis),
      over: () => {
        // Told before the request is aborted, so that it counts against its endpoint.
        call.timedOut = true
        call.abort()
      }
    }
    call.timedOut = false
    deadlines.add(deadline)
    return next(call).pipe(
      Effect.mapError((failed) => call.timedOut ? over(left) : failed),
      Effect.onExit(() => Effect.sync(() => deadlines.delete(deadline)))
    )
  }

  return (call) =>
    Effect.clockWith((clock: Clock.Clock) => {
      const now = nowOf(clock)
      const left = call.deadline - now
      return left <= 0 ? Effect.fail(over(left)) : within(call, now, left)
    })
}
