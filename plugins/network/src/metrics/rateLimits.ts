/** What the rate limit refuses, and what it forgets. */
import * as Metric from "effect/Metric"

/** Requests answered 429. Attribute: `key`, the parts of `network.rate_limit.key`. */
export const limited = Metric.counter("http_requests_limited_total", {
  description: "Requests refused by the rate limit",
  incremental: true
})

/** Clients beyond `network.rate_limit.max_keys` that were forgotten while they still had a debt. */
export const limitEvictions = Metric.counter("network_rate_limit_evictions_total", {
  description: "Clients that the rate limit forgot before they had been given all requests back",
  incremental: true
})

/** Requests that the store of the rate limit gave no answer for. Attribute: `reason`, `away`, `timeout` or `failed`. */
export const limitStoreFailures = Metric.counter("network_rate_limit_store_failures_total", {
  description: "Requests that were limited without the answer of the store",
  incremental: true
})
