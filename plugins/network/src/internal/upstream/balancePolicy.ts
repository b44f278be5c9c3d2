/** Each try goes to the endpoint of its turn; an endpoint that keeps failing is taken out for a while. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import { atEnd, type Call, type Failed, hashKeyOf, nowOf, type Restore, type Send } from "./call.ts"
import { told } from "./endpointChanges.ts"
import type { Endpoint } from "./endpoints.ts"
import { labelOf, outcomeOf } from "./judgement.ts"
import type { Upstream } from "./upstream.ts"

export const balanced = (upstream: Upstream) => (send: (call: Call, endpoint: Endpoint) => ReturnType<Send>): Send => {
  const { endpoints, policy, scope, series } = upstream

  const returns = (endpoint: Endpoint, clock: Clock.Clock) =>
    Effect.sleep(endpoint.ejectedMillis).pipe(
      Effect.andThen(Effect.suspend(() => told(upstream, endpoint, endpoints.returned(endpoint, nowOf(clock))))),
      Effect.forkIn(scope)
    )

  const judged = (call: Call, endpoint: Endpoint, exit: Exit.Exit<HttpClientResponse, Failed>, clock: Clock.Clock) => {
    const outcome = call.timedOut ? "failure" : outcomeOf(exit)
    if (outcome === "ignored") return Effect.void
    const change = endpoints.answered(endpoint, outcome === "failure", nowOf(clock))
    return change === undefined
      ? Effect.void
      : Effect.andThen(told(upstream, endpoint, change), returns(endpoint, clock))
  }

  const asked = (call: Call, endpoint: Endpoint, restore: Restore, context: Context.Context<never>) => {
    const clock = Context.get(context, Clock.Clock)
    const startedAt = nowOf(clock)
    call.tried.add(endpoint)
    endpoint.inFlight++
    return Effect.onExit(restore(send(call, endpoint)), (exit) => {
      const status = call.timedOut ? "timeout" : labelOf(exit)
      series.duration(call.request.method, status).updateUnsafe((nowOf(clock) - startedAt) / 1000, context)
      atEnd(call, () => endpoint.inFlight--)
      return judged(call, endpoint, exit, clock)
    })
  }

  return (call) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.contextWith((context: Context.Context<never>) => {
        const key = policy.balancing.strategy === "ip_hash" ? hashKeyOf(context) : undefined
        const endpoint = endpoints.pick(key, call.tried)
        return endpoint === undefined
          ? Effect.die(new Error(`upstream ${policy.name} has no endpoint`))
          : asked(call, endpoint, restore, context)
      })
    )
}
