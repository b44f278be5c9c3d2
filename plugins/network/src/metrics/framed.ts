/** The framed server and framed clients. */
import * as Metric from "effect/Metric"

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
