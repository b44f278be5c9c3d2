/** What failed for a moment is tried again, on another endpoint where there is one, as long as the budget allows it. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import { type Call, type Failed, nowOf, type Send } from "./call.ts"
import { askedFor, backoff, reasonOf } from "./retries.ts"
import type { Upstream } from "./upstream.ts"

export const retrying = ({ budget, policy: { retry }, series }: Upstream) => (next: Send): Send => {
  /** The pause before the next try; undefined when there is none. */
  const pauseOf = (
    call: Call,
    attempt: number,
    result: HttpClientResponse | Failed,
    context: Context.Context<never>
  ): number | undefined => {
    const reason = attempt < retry.attempts ? reasonOf(retry, call, result) : undefined
    if (reason === undefined) return undefined
    const clock = Context.get(context, Clock.Clock)
    const asked = askedFor(result, clock.currentTimeMillisUnsafe()) ?? 0
    const pause = Math.max(backoff(retry, attempt, Context.get(context, Random.Random).nextDoubleUnsafe()), asked)
    const now = nowOf(clock)
    if (asked > retry.maxRetryAfterMillis || now + pause >= call.deadline) return undefined
    if (!budget.retry(now)) {
      series.withheld.updateUnsafe(1, context)
      return undefined
    }
    series.retried(reason).updateUnsafe(1, context)
    return pause
  }

  return Effect.fnUntraced(function*(call: Call) {
    const context = yield* Effect.context<never>()
    budget.request(nowOf(Context.get(context, Clock.Clock)))
    for (let attempt = 1;; attempt++) {
      const result = yield* Effect.result(next(call))
      const pause = pauseOf(call, attempt, Result.merge(result), context)
      if (pause === undefined) return yield* Effect.fromResult(result)
      yield* Effect.sleep(pause)
    }
  })
}
