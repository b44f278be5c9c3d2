/** At most so many requests at once; a few wait for a while, the others fail at once. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { UpstreamFailed } from "../../errors.ts"
import { atEnd, type Call, nowOf, type Restore, type Send } from "./call.ts"
import type { Upstream } from "./upstream.ts"

export const bulkheaded = ({ bulkhead, policy, series }: Upstream) => (next: Send): Send => {
  const rejected = (fault: "line_full" | "line_timeout" | "total_timeout", context: Context.Context<never>) => {
    series.rejected(fault).updateUnsafe(1, context)
    return Effect.fail(new UpstreamFailed({ upstream: policy.name, fault }))
  }

  /** A place may be granted in the moment in which the wait ends: `granted` alone says whether it was. */
  const wait = Effect.fnUntraced(function*(call: Call, restore: Restore, context: Context.Context<never>) {
    const left = call.deadline - nowOf(Context.get(context, Clock.Clock))
    if (left <= 0) return yield* rejected("total_timeout", context)
    let granted = false
    let resume = () => {}
    const grant = () => {
      granted = true
      resume()
    }
    if (!bulkhead.wait(grant)) return yield* rejected("line_full", context)
    const turn = Effect.callback<void>((done) => {
      if (granted) done(Effect.void)
      else resume = () => done(Effect.void)
    })
    series.waiting.modifyUnsafe(1, context)
    const exit = yield* Effect.exit(restore(Effect.timeoutOption(turn, Math.min(left, policy.bulkhead.maxWaitMillis))))
    series.waiting.modifyUnsafe(-1, context)
    if (granted && Exit.isSuccess(exit)) return
    if (granted) bulkhead.leave()
    else bulkhead.forget(grant)
    if (Exit.isFailure(exit)) return yield* Effect.failCause(exit.cause)
    return yield* rejected(left < policy.bulkhead.maxWaitMillis ? "total_timeout" : "line_timeout", context)
  })

  const inside = (call: Call, restore: Restore, context: Context.Context<never>) => {
    series.active.modifyUnsafe(1, context)
    return Effect.onExit(restore(next(call)), () =>
      Effect.sync(() =>
        atEnd(call, () => {
          series.active.modifyUnsafe(-1, context)
          bulkhead.leave()
        })
      ))
  }

  return (call) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.contextWith((context: Context.Context<never>) =>
        bulkhead.enter()
          ? inside(call, restore, context)
          : Effect.andThen(wait(call, restore, context), Effect.suspend(() => inside(call, restore, context)))
      )
    )
}
