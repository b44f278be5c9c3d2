/** Builds an upstream of its policy, and asks its endpoints how they are. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import { Breaker } from "./breaker.ts"
import { Bulkhead } from "./bulkhead.ts"
import { Deadlines } from "./deadlines.ts"
import { counted, told } from "./endpointChanges.ts"
import { type Endpoint, Endpoints } from "./endpoints.ts"
import type { Policy } from "./policy.ts"
import { RetryBudget } from "./retryBudget.ts"
import { seriesOf } from "./series.ts"
import * as UndiciTransport from "./UndiciTransport.ts"
import type { Upstream } from "./upstream.ts"

/** One question; no answer in time is a bad one. */
const asked = (upstream: Upstream, endpoint: Endpoint, { path, timeoutMillis }: NonNullable<Policy["probe"]>) =>
  Effect.timeoutOption(upstream.transport.probe(endpoint, path), timeoutMillis).pipe(
    Effect.flatMap((answer) => {
      const change = upstream.endpoints.probed(endpoint, Option.getOrElse(answer, () => false))
      return change === undefined ? Effect.void : told(upstream, endpoint, change)
    })
  )

/** The first question is asked at once: an endpoint that is not well should not be found out by requests. */
const probing = (upstream: Upstream) => {
  const { probe } = upstream.policy
  return probe === undefined ? Effect.void : Effect.forEach(
    upstream.endpoints.all,
    (endpoint) =>
      asked(upstream, endpoint, probe).pipe(
        Effect.andThen(Effect.sleep(Duration.millis(probe.everyMillis))),
        Effect.forever,
        Effect.forkIn(upstream.scope)
      ),
    { discard: true }
  )
}

/** Lives as long as the scope. */
export const make = Effect.fnUntraced(function*(policy: Policy) {
  const upstream: Upstream = {
    policy,
    endpoints: new Endpoints(policy.endpoints, policy.balancing),
    breaker: new Breaker(policy.breaker),
    bulkhead: new Bulkhead(policy.bulkhead),
    deadlines: new Deadlines(),
    budget: new RetryBudget(policy.retry.budget),
    series: seriesOf(policy.name),
    transport: yield* UndiciTransport.make(policy),
    scope: yield* Effect.scope
  }
  yield* Effect.forkIn(upstream.deadlines.keep, upstream.scope, { startImmediately: true })
  yield* counted(upstream)
  yield* Metric.update(upstream.series.circuit, 0)
  yield* probing(upstream)
  return upstream
})
