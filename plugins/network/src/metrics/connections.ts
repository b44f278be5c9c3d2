/** Connections, the bytes that they carry, and those that are closed for what the client did. */
import * as Metric from "effect/Metric"

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

/** HTTP/2 sessions that the server closed for what the client did. Attribute: `reason`. */
export const http2Refused = Metric.counter("http2_sessions_refused_total", {
  description: "HTTP/2 sessions closed for a violation of the protocol or a limit",
  incremental: true
})
