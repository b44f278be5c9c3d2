/** The metrics of network. */
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

/** Connections with a request being answered; sampled every second. */
export const activeConnections = Metric.gauge("http_active_connections", {
  description: "Connections with an HTTP request being answered"
})

/** Open connections, idle ones included. */
export const connections = Metric.gauge("network_connections_active", { description: "Open TCP connections" })

/** Connections closed at accept. Attribute: `reason`, `max_connections`, `max_connections_per_ip`, `proxy_untrusted` or `proxy_header`. */
export const refused = Metric.counter("network_connections_refused_total", {
  description: "Connections closed before a request was read",
  incremental: true
})

/** Requests that `network.http.csrf` refused. */
export const forged = Metric.counter("network_csrf_refused_total", {
  description: "Requests with cookies that no page of this server or of a trusted origin sent",
  incremental: true
})

/** Bytes written to connections; sampled every second and at close. */
export const bytesSent = Metric.counter("network_bytes_sent_total", {
  description: "Bytes written to connections",
  incremental: true
})

/** Bytes read from connections; sampled every second and at close. */
export const bytesReceived = Metric.counter("network_bytes_received_total", {
  description: "Bytes read from connections",
  incremental: true
})

/** Open WebSockets. */
export const webSockets = Metric.gauge("websocket_connections_active", { description: "Open WebSockets" })

const webSocketMessages = Metric.counter("websocket_messages_total", {
  description: "Messages of WebSockets",
  incremental: true
})

/** The series of a direction. */
export const webSocketMessagesOf = (direction: "received" | "sent"): typeof webSocketMessages =>
  Metric.withAttributes(webSocketMessages, { direction })

const webSocketCloses = Metric.counter("websocket_closes_total", {
  description: "WebSockets that ended, by the close code that the server sent or else received",
  incremental: true
})

/** Codes beyond those of the protocol are one series: clients choose them. */
export const webSocketClosesOf = (code: number): typeof webSocketCloses =>
  Metric.withAttributes(webSocketCloses, { code: code >= 1000 && code < 1016 ? String(code) : "other" })

const webSocketCuts = Metric.counter("websocket_cut_total", {
  description: "WebSockets that the server broke off",
  incremental: true
})

/** Why the server breaks a WebSocket off instead of closing it. */
export type CutReason = "pong_timeout" | "close_timeout" | "slow_reader" | "stop"

/** The series of a reason. */
export const webSocketCutsOf = (reason: CutReason): typeof webSocketCuts =>
  Metric.withAttributes(webSocketCuts, { reason })

/** Answers of the type text/event-stream that are under way. */
export const eventStreams = Metric.gauge("sse_streams_active", { description: "Event streams under way" })

/** Event streams that a stop has ended. */
export const eventStreamsDrained = Metric.counter("sse_streams_drained_total", {
  description: "Event streams ended by the stop",
  incremental: true
})

/** Requests that were still being answered when the drain budget was over. */
export const cut = Metric.counter("network_requests_cut_total", {
  description: "Requests cut off by the stop",
  incremental: true
})

/** Requests whose sender is not known. Attribute: `reason`, one of the faults of a credential. */
export const authFailures = Metric.counter("auth_failures_total", {
  description: "Requests without a credential that was accepted",
  incremental: true
})

/** Decisions about who may do what. Attribute: `outcome`, `granted`, `denied` or `unavailable`. */
export const decisions = Metric.counter("authorization_decisions_total", {
  description: "Decisions about permissions",
  incremental: true
})

/** Tokens accepted. Attribute: `from`, `signature` when it was verified, `memory` when it was verified a moment ago. */
export const tokens = Metric.counter("auth_tokens_accepted_total", {
  description: "Tokens accepted",
  incremental: true
})

/** Loads of keys. Attributes: `source`, `file` or `url`; `outcome`, `loaded` or `failed`. */
export const keyLoads = Metric.counter("auth_key_loads_total", {
  description: "Loads of public keys and API keys",
  incremental: true
})

/** When a certificate ends, or the first one of its chain. Attribute: `file`. */
export const certificateExpiry = Metric.gauge("tls_certificate_expiry_timestamp_seconds", {
  description: "End of the certificate in seconds since 1970"
})

/** Changed certificate files. Attribute: `outcome`, `replaced` or `refused` (the old one stays in force). */
export const certificateReloads = Metric.counter("tls_certificate_reloads_total", {
  description: "Changed certificates by what became of them",
  incremental: true
})

/** TLS connections that never carried a request. Attribute: `reason`. */
export const handshakesFailed = Metric.counter("tls_handshakes_failed_total", {
  description: "TLS handshakes that failed or were refused",
  incremental: true
})

/** HTTP/2 sessions that the server closed for what the client did. Attribute: `reason`. */
export const http2Refused = Metric.counter("http2_sessions_refused_total", {
  description: "HTTP/2 sessions closed for a violation of the protocol or a limit",
  incremental: true
})

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

/** Open connections of the framed server. */
export const framedConnections = Metric.gauge("framed_connections_active", {
  description: "Open connections of the framed server"
})

/** Attribute: `reason`, `max_connections`, `max_connections_per_ip` or `tls`. */
export const framedConnectionsRefused = Metric.counter("framed_connections_refused_total", {
  description: "Connections of the framed server that were closed before their first frame",
  incremental: true
})

/** Attribute: `reason`, `handshake_timeout`, `read_timeout`, `write_timeout` or `heartbeat_timeout`. */
export const framedConnectionsCut = Metric.counter("framed_connections_cut_total", {
  description: "Connections of the framed server that were given up",
  incremental: true
})

/**
 * Attributes: `type` of the container where a route has it, else `OTHER`; `outcome`: `ok`; `failed`, told with a code;
 * `defect`; `cancelled`, the client went away; `cut`, by the stop.
 */
export const framedRequests = Metric.counter("framed_requests_total", {
  description: "Framed requests",
  incremental: true
})

/** Seconds from the frame of a request to the frame of its answer. */
export const framedRequestDuration = Metric.histogram("framed_request_duration_seconds", {
  description: "Duration of framed requests in seconds",
  boundaries: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
})

/** Sampled now and then, and at close. */
export const framedBytesReceived = Metric.counter("framed_bytes_received_total", {
  description: "Bytes that the framed server read",
  incremental: true
})

/** Sampled now and then, and at close. */
export const framedBytesSent = Metric.counter("framed_bytes_sent_total", {
  description: "Bytes that the framed server wrote",
  incremental: true
})

/** Attribute: `reason`, see docs/framed.md. */
export const framedRefused = Metric.counter("framed_frames_refused_total", {
  description: "Frames that did not keep to the protocol and ended their connection",
  incremental: true
})

/** Attributes: `client`, its name; `outcome`: `ok`, or the tag of the error. */
export const framedClientRequests = Metric.counter("framed_client_requests_total", {
  description: "Requests of framed clients",
  incremental: true
})

/** Attributes: `client`, its name; `outcome`: `ok` or `failed`. */
export const framedClientConnects = Metric.counter("framed_client_connects_total", {
  description: "Connections that framed clients tried to open",
  incremental: true
})

/** Requests whose trusted proxy told the client in a form that cannot be understood: they count as the proxy's own. */
export const forwardedMalformed = Metric.counter("network_forwarded_malformed_total", {
  description: "Requests with malformed forwarding headers of a trusted proxy",
  incremental: true
})

/** Requests answered 429. Attribute: `key`, the parts of `network.rate_limit.key`. */
export const limited = Metric.counter("http_requests_limited_total", {
  description: "Requests refused by the rate limit",
  incremental: true
})

/** Requests whose handler took longer than `network.http.handler_timeout`. */
export const timedOut = Metric.counter("http_requests_timed_out_total", {
  description: "Requests ended because their handler took too long",
  incremental: true
})

/** Requests answered 503 because there is too much to do. Attribute: `reason`, `event_loop` or who has too much to do. */
export const shed = Metric.counter("http_requests_shed_total", {
  description: "Requests refused because of overload",
  incremental: true
})
