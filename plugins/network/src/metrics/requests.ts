/** Requests: how many were answered, how long each took, how many are under way. */
import * as Metric from "effect/Metric"

/** Answered requests. Attributes: `method` (one of nine, else `OTHER`) and `status`. */
export const requests = Metric.counter("http_requests_total", {
  description: "Answered HTTP requests",
  incremental: true
})

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "CONNECT"])

/** Methods beyond the common ones are one series: clients choose them. */
export const methodLabel = (method: string): string => methods.has(method) ? method : "OTHER"

/** The series of a method and a status. */
export const requestsOf = (method: string, status: number): typeof requests =>
  Metric.withAttributes(requests, { method: methodLabel(method), status: String(status) })

/** The advice of OpenTelemetry, and the bounds that the deployment guide prints (0.001 to 10). In seconds. */
export const durationBoundaries = [0.001, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** Seconds from the parsed request head to the answer being handed to the socket. */
export const requestDuration = Metric.histogram("http_request_duration_seconds", {
  description: "Duration of HTTP requests in seconds",
  boundaries: durationBoundaries
})

/** Of the latest 1,024 requests, in seconds. The guide's name; a histogram is better for alerts, because it can be added up. */
export const quantiles = [0.5, 0.9, 0.95, 0.99]
export const latestDuration = Metric.summary("network_request_duration_seconds", {
  description: "Quantiles of the duration of the latest requests in seconds",
  maxAge: "1 minute",
  maxSize: 1024,
  quantiles
})

/** OpenTelemetry's name, by method, status and route template; routes beyond the limit of series are `other`. */
export const routeDuration = Metric.histogram("http_server_request_duration_seconds", {
  description: "Duration of HTTP requests in seconds, by route",
  boundaries: durationBoundaries
})

export const otherRoute = "other"

/** The series of a method, a status and a route; a path that no route has is the empty route. */
export const durationsOf = (method: string, status: number, route: string): typeof routeDuration =>
  Metric.withAttributes(routeDuration, {
    http_request_method: method,
    http_response_status_code: String(status),
    http_route: route
  })

/** Requests being answered, by OpenTelemetry's name; sampled every second. */
export const activeRequests = Metric.gauge("http_server_active_requests", {
  description: "HTTP requests being answered"
})

/** Requests whose trusted proxy told the client in a form that cannot be understood: they count as the proxy's own. */
export const forwardedMalformed = Metric.counter("network_forwarded_malformed_total", {
  description: "Requests with malformed forwarding headers of a trusted proxy",
  incremental: true
})
