/** Requests to upstreams, one by one, and how each upstream does. */
import * as Metric from "effect/Metric"
import { durationBoundaries } from "./requests.ts"

/**
 * Seconds of one try of a request to an upstream, redirects and body included: OpenTelemetry's `http.client.request.duration`.
 * Attributes: `upstream`, `method` (one of nine, else `OTHER`), and `status`: that of the answer, or the fault.
 */
export const upstreamDuration = Metric.histogram("http_client_request_duration_seconds", {
  description: "Duration of requests to upstreams in seconds, each try by itself",
  boundaries: durationBoundaries
})

/** Tries after the first one. Attributes: `upstream`, and `reason`: a status or a fault. */
export const upstreamRetries = Metric.counter("network_upstream_retries_total", {
  description: "Requests to upstreams that were tried again",
  incremental: true
})

/** Tries that would have been made, but for the budget. Attribute: `upstream`. */
export const upstreamRetriesWithheld = Metric.counter("network_upstream_retries_withheld_total", {
  description: "Requests to upstreams that were not tried again because the retry budget was used up",
  incremental: true
})

/** Requests that were not made. Attributes: `upstream`, `reason`: `circuit_open`, `line_full`, `line_timeout`. */
export const upstreamRejected = Metric.counter("network_upstream_requests_rejected_total", {
  description: "Requests to upstreams that were refused before they were made",
  incremental: true
})

/** Requests under way, streamed answers included. Attribute: `upstream`. */
export const upstreamActive = Metric.gauge("network_upstream_requests_active", {
  description: "Requests to upstreams under way"
})

/** Requests in the waiting line. Attribute: `upstream`. */
export const upstreamWaiting = Metric.gauge("network_upstream_requests_waiting", {
  description: "Requests to upstreams that wait for another one to end"
})

/** 0 closed, 1 half open, 2 open. Attribute: `upstream`. */
export const upstreamCircuit = Metric.gauge("network_upstream_circuit_state", {
  description: "Circuit breaker of an upstream: 0 closed, 1 half open, 2 open"
})

/** Attributes: `upstream`, `from`, `to`. */
export const upstreamCircuitChanges = Metric.counter("network_upstream_circuit_transitions_total", {
  description: "State changes of the circuit breaker of an upstream",
  incremental: true
})

/** Attributes: `upstream`, and `state`: `usable`, `unhealthy` or `ejected`. */
export const upstreamEndpoints = Metric.gauge("network_upstream_endpoints", {
  description: "Endpoints of an upstream by state"
})
