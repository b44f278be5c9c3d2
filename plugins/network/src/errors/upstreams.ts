/** Why an upstream did not answer, or was not asked. */
import { ErrorCode } from "@heptad/common"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"

/** `ServiceClient.upstream` was asked for a name that the settings do not have. */
export class UpstreamUnknown extends Schema.TaggedError<UpstreamUnknown>()("UpstreamUnknown", {
  upstream: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  readonly errorCode = ErrorCode.of("common.not_found")

  override get message() {
    const known = this.known.length === 0 ? "There are none" : `Known: ${this.known.join(", ")}`
    return `No upstream is called "${this.upstream}". ${known}. Add it below network.upstreams, or correct the name.`
  }
}

/** The authorities of an upstream cannot be read. */
export class UpstreamCaUnusable extends Schema.TaggedError<UpstreamCaUnusable>()("UpstreamCaUnusable", {
  upstream: Schema.String,
  file: Schema.String,
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of("common.io_error")

  override get message() {
    return `network.upstreams.${this.upstream}.tls.ca_file cannot be used: ${this.file}: ${this.problem}. ` +
      `Name a readable PEM file of certificates, or leave the setting out.`
  }

  override get [Runtime.errorExitCode](): number {
    return 78
  }
}

/** Why a request to an upstream has no answer. */
export const UpstreamFault = Schema.Literals([
  "refused",
  "no_connection",
  "connect_timeout",
  "timeout",
  "total_timeout",
  "closed",
  "not_http",
  "too_large",
  "too_many_redirects",
  "circuit_open",
  "line_full",
  "line_timeout",
  "removed"
])
export type UpstreamFault = typeof UpstreamFault.Type

const upstreamCodes = {
  refused: "network.connection_refused",
  no_connection: "network.connection_failed",
  connect_timeout: "network.connection_timeout",
  timeout: "network.connection_timeout",
  total_timeout: "network.connection_timeout",
  closed: "network.connection_closed",
  not_http: "common.network_error",
  too_large: "common.network_error",
  too_many_redirects: "common.network_error",
  circuit_open: "common.not_initialized",
  line_full: "common.not_initialized",
  line_timeout: "common.not_initialized",
  removed: "common.not_initialized"
} as const satisfies Record<UpstreamFault, ErrorCode.ErrorName>

const upstreamFaults: Record<UpstreamFault, (key: string) => string> = {
  refused: () => "nobody listens there. Start it, or correct the address.",
  no_connection: () => "no connection could be made. Look at name, network and certificate of the endpoint.",
  connect_timeout: (key) => `no connection within ${key}.connect_timeout. Look at the network, or raise it.`,
  timeout: (key) => `no complete answer within ${key}.timeout. Look at the load there, or raise it.`,
  total_timeout: (key) => `not done within ${key}.total_timeout. Look at the load there, or raise it.`,
  closed: () => "the connection was closed before the end of the answer. Look at the log there.",
  not_http: () => "what came back is not HTTP. Correct the address, or look at the log there.",
  too_large: (key) => `the answer is larger than ${key}.max_response_size. Ask for less, or raise it.`,
  too_many_redirects: (key) => `more redirects than ${key}.max_redirects. Ask for the address that they end at.`,
  circuit_open: () =>
    "it has failed so often that it is not called for a while. Look at the log there, try again later.",
  line_full: (key) => `${key}.bulkhead.max_concurrent requests are under way and max_waiting wait. Try again later.`,
  line_timeout: (key) => `no other request ended within ${key}.bulkhead.max_wait. Try again later.`,
  removed: (key) => `${key} is not in the settings any more. Ask for another one.`
}

/**
 * What an upstream did instead of answering, or why it was not asked. The client fails with `HttpClientError`, as every
 * Effect client does; this is its `cause`.
 */
export class UpstreamFailed extends Schema.TaggedError<UpstreamFailed>()("UpstreamFailed", {
  upstream: Schema.String,
  fault: UpstreamFault,
  /** Absent when no endpoint was asked. */
  endpoint: Schema.optionalKey(Schema.String),
  /** What the operating system or the parser called it, for example `ECONNREFUSED`. */
  problem: Schema.optionalKey(Schema.String),
  /** When it may be worth to try again. */
  retryAfterMillis: Schema.optionalKey(Schema.Finite)
}) {
  readonly errorCode = ErrorCode.of(upstreamCodes[this.fault])

  override get message() {
    const at = this.endpoint === undefined ? "" : ` at ${this.endpoint}`
    const problem = this.problem === undefined ? "" : ` (${this.problem})`
    return `upstream ${this.upstream}${at}${problem}: ${
      upstreamFaults[this.fault](`network.upstreams.${this.upstream}`)
    }`
  }
}
