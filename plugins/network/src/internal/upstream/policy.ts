/** Pure: the policy of one upstream as its parts read it, and in words for the plan. Durations are milliseconds. */
import * as Duration from "effect/Duration"
import type { NetworkConfig } from "../../config.ts"
import type { Upstream } from "../../config/upstreams.ts"
import type { BreakerPolicy } from "./breaker.ts"
import type { EndpointsPolicy } from "./endpoints.ts"

export interface Policy extends Pick<Upstream, "max_redirects" | "max_response_size"> {
  readonly name: string
  readonly endpoints: ReadonlyArray<string>
  readonly connectMillis: number
  readonly tryMillis: number
  readonly totalMillis: number
  readonly idleMillis: number
  readonly connections: number
  readonly keepAliveMillis: number
  readonly caFile: string | undefined
  readonly bulkhead: Pick<Upstream["bulkhead"], "max_concurrent" | "max_waiting"> & { readonly maxWaitMillis: number }
  readonly breaker: BreakerPolicy
  readonly retry: Pick<Upstream["retry"], "attempts" | "budget" | "errors" | "statuses"> & {
    readonly backoffMillis: number
    readonly maxBackoffMillis: number
    readonly maxRetryAfterMillis: number
  }
  readonly balancing: EndpointsPolicy
  /** Absent: nobody is asked. */
  readonly probe: { readonly path: string; readonly everyMillis: number; readonly timeoutMillis: number } | undefined
}

const millis = (duration: Duration.Duration): number => Duration.toMillis(duration)

const breakerOf = ({ circuit_breaker: own }: Upstream): BreakerPolicy => ({
  enabled: own.enabled,
  failureRate: own.failure_rate,
  windowMillis: millis(own.window),
  minimumRequests: own.minimum_requests,
  consecutiveFailures: own.consecutive_failures,
  openMillis: millis(own.open_time),
  maxOpenMillis: millis(own.max_open_time),
  halfOpenRequests: own.half_open_requests
})

type Shared = NetworkConfig["load_balancing"]

const balancingOf = ({ load_balancing: own }: Upstream, shared: Shared): EndpointsPolicy => ({
  strategy: own.strategy ?? shared.strategy ?? "round_robin",
  unhealthyThreshold: own.health_check.unhealthy_threshold ?? shared.health_check.unhealthy_threshold,
  healthyThreshold: own.health_check.healthy_threshold ?? shared.health_check.healthy_threshold,
  ejection: {
    enabled: own.outlier_ejection.enabled,
    consecutiveFailures: own.outlier_ejection.consecutive_failures,
    millis: millis(own.outlier_ejection.ejection_time),
    maxMillis: millis(own.outlier_ejection.max_ejection_time),
    maxShare: own.outlier_ejection.max_ejection_percent
  }
})

const probeOf = ({ load_balancing: { health_check: own } }: Upstream, { health_check }: Shared): Policy["probe"] =>
  own.path === undefined || !(own.enabled ?? health_check.enabled) ? undefined : {
    path: own.path,
    everyMillis: millis(own.interval ?? health_check.interval),
    timeoutMillis: millis(own.timeout ?? health_check.timeout)
  }

const retryOf = ({ retry: own }: Upstream): Policy["retry"] => ({
  attempts: own.attempts,
  budget: own.budget,
  errors: own.errors,
  statuses: own.statuses,
  backoffMillis: millis(own.backoff),
  maxBackoffMillis: millis(own.max_backoff),
  maxRetryAfterMillis: millis(own.max_retry_after)
})

const policyOf = (name: string, own: Upstream, shared: Shared): Policy => ({
  name,
  endpoints: own.endpoints,
  connectMillis: millis(own.connect_timeout),
  tryMillis: millis(own.timeout),
  totalMillis: millis(own.total_timeout),
  idleMillis: millis(own.idle_timeout),
  max_redirects: own.max_redirects,
  max_response_size: own.max_response_size,
  connections: own.pool.connections,
  keepAliveMillis: millis(own.pool.keepalive_timeout),
  caFile: own.tls.ca_file,
  bulkhead: {
    max_concurrent: own.bulkhead.max_concurrent,
    max_waiting: own.bulkhead.max_waiting,
    maxWaitMillis: millis(own.bulkhead.max_wait)
  },
  breaker: breakerOf(own),
  retry: retryOf(own),
  balancing: balancingOf(own, shared),
  probe: probeOf(own, shared)
})

/** Every upstream of the settings. */
export const policiesOf = (
  { load_balancing, upstreams }: Pick<NetworkConfig, "load_balancing" | "upstreams">
): ReadonlyArray<Policy> => Object.entries(upstreams).map(([name, own]) => policyOf(name, own, load_balancing))

/** Whether nothing of it changed. */
export const samePolicy = (a: Policy, b: Policy): boolean => JSON.stringify(a) === JSON.stringify(b)

const told = (duration: number): string => duration % 1000 === 0 ? `${duration / 1000}s` : `${duration}ms`

const percent = (fraction: number): string => `${Math.round(fraction * 100)}%`

const breakerWords = (own: BreakerPolicy): string =>
  own.enabled
    ? `breaker ${percent(own.failureRate)} of ${own.minimumRequests} in ${told(own.windowMillis)} or ` +
      `${own.consecutiveFailures} in a row`
    : "no breaker"

/** What happens to a request, from the outside to the inside, in the order of `chain.ts`. */
export const wordsOf = ({ balancing, breaker, bulkhead, endpoints, retry, totalMillis, tryMillis }: Policy): string =>
  [
    `total ${told(totalMillis)}`,
    `bulkhead ${bulkhead.max_concurrent}, waiting ${bulkhead.max_waiting} for ${told(bulkhead.maxWaitMillis)}`,
    breakerWords(breaker),
    retry.attempts === 1 ? "no retry" : `${retry.attempts} tries, retries ${percent(retry.budget.ratio)}`,
    `try ${told(tryMillis)}`,
    `${balancing.strategy} of ${endpoints.length}`
  ].join(" > ")
