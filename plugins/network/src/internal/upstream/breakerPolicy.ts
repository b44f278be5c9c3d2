/** An upstream that keeps failing is not called for a while. A request counts once, however often it was tried. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { UpstreamFailed } from "../../errors.ts"
import type { BreakerState, Transition } from "./breaker.ts"
import { nowOf, type Send } from "./call.ts"
import { outcomeOf } from "./judgement.ts"
import type { Upstream } from "./upstream.ts"

const figures: Record<BreakerState, number> = { closed: 0, half_open: 1, open: 2 }

const told = (name: string, { openMillis = 0, reason, to }: Transition): Effect.Effect<void> => {
  switch (to) {
    case "open":
      return Effect.logWarning(
        `upstream ${name}: circuit open for ${Duration.format(Duration.millis(openMillis))}: ${reason}`
      )
    case "half_open":
      return Effect.logInfo(`upstream ${name}: circuit half open, it is called again to see whether it works`)
    case "closed":
      return Effect.logInfo(`upstream ${name}: circuit closed, it works again`)
  }
}

export const breaking = ({ breaker, policy, series }: Upstream) => (next: Send): Send => {
  const changed = (transition: Transition | undefined, context: Context.Context<never>): Effect.Effect<void> => {
    if (transition === undefined) return Effect.void
    series.circuit.updateUnsafe(figures[transition.to], context)
    series.circuitChange(transition.from, transition.to).updateUnsafe(1, context)
    return told(policy.name, transition)
  }

  const refused = (retryAfterMillis: number, context: Context.Context<never>) => {
    series.rejected("circuit_open").updateUnsafe(1, context)
    return Effect.fail(new UpstreamFailed({ upstream: policy.name, fault: "circuit_open", retryAfterMillis }))
  }

  return (call) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.contextWith((context: Context.Context<never>) => {
        const clock = Context.get(context, Clock.Clock)
        const admission = breaker.admit(nowOf(clock))
        if (!admission.admitted) return refused(admission.retryMillis, context)
        const guarded = Effect.onExit(
          restore(next(call)),
          (exit) =>
            Effect.suspend(() => changed(breaker.record(admission.round, outcomeOf(exit), nowOf(clock)), context))
        )
        return admission.transition === undefined
          ? guarded
          : Effect.andThen(changed(admission.transition, context), guarded)
      })
    )
}
