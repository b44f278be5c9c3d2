/** Everything that network can fail with. */
import { ErrorCode } from "@heptad/common"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"

/** Somebody else listens on the port. */
export class PortTaken extends Schema.TaggedError<PortTaken>()("PortTaken", {
  host: Schema.String,
  port: Schema.Int,
  setting: Schema.String,
  env: Schema.String
}) {
  readonly errorCode = ErrorCode.of("network.bind_failed")

  override get message() {
    return `network wants port ${this.port} on ${this.host}, but another process listens there. Stop that process, ` +
      `or choose a free port by ${this.setting} (environment ${this.env}); 0 lets the system choose.`
  }

  override get [Runtime.errorExitCode](): number {
    return 69
  }
}

/** The address cannot be bound for another reason: no permission, no such address. */
export class BindFailed extends Schema.TaggedError<BindFailed>()("BindFailed", {
  host: Schema.String,
  port: Schema.Int,
  problem: Schema.String,
  /** The settings that decide it. */
  remedy: Schema.String
}) {
  readonly errorCode = ErrorCode.of("network.bind_failed")

  override get message() {
    return `network cannot listen on ${this.host}:${this.port} (${this.problem}). Correct ${this.remedy}.`
  }

  override get [Runtime.errorExitCode](): number {
    return 69
  }
}

/** TLS is on, but its files or ciphers cannot be used. The server never falls back to plain text. */
export class TlsUnusable extends Schema.TaggedError<TlsUnusable>()("TlsUnusable", {
  setting: Schema.String,
  problem: Schema.String,
  /** The switch that asked for TLS, where it is not that of HTTP. */
  by: Schema.optionalKey(Schema.String)
}) {
  readonly errorCode = ErrorCode.of("network.bind_failed")

  override get message() {
    const [who, off] = this.by === undefined
      ? ["network.tls is enabled", "network.tls.enabled to false (environment NETWORK_TLS_ENABLED)"]
      : [`${this.by} is true`, `${this.by} to false`]
    return `${who}, but ${this.setting} cannot be used: ${this.problem}. Correct it, or set ${off}.`
  }

  override get [Runtime.errorExitCode](): number {
    return 78
  }
}

/** No secret is set, and none may be generated. */
export class JwtSecretMissing extends Schema.TaggedError<JwtSecretMissing>()("JwtSecretMissing", {}) {
  readonly errorCode = ErrorCode.of("common.invalid_argument")

  override get message() {
    return "network.auth.jwt.secret is not set and network.auth.jwt.generate_secret is false. Set JWT_SECRET " +
      "(or JWT_SECRET_FILE) to a random text of at least 32 bytes, for example the output of: openssl rand -base64 48"
  }

  override get [Runtime.errorExitCode](): number {
    return 78
  }
}

/** A file of keys or key set that the settings name cannot be used at the start. */
export class AuthKeysUnusable extends Schema.TaggedError<AuthKeysUnusable>()("AuthKeysUnusable", {
  setting: Schema.String,
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of("common.invalid_argument")

  override get message() {
    return `${this.setting} cannot be used: ${this.problem}. Correct the file, or the setting that names it.`
  }

  override get [Runtime.errorExitCode](): number {
    return 78
  }
}

/** This server verifies tokens of others and has no secret to sign its own. */
export class TokenNotIssued extends Schema.TaggedError<TokenNotIssued>()("TokenNotIssued", {}) {
  readonly errorCode = ErrorCode.of("common.not_initialized")

  override get message() {
    return "No token can be made: network.auth.jwt names public keys and no secret. Get the token from its issuer, " +
      "or set JWT_SECRET to let this server sign tokens as well."
  }
}

/** What may be wrong with a token itself. */
const ownFaults = [
  "too_large",
  "malformed",
  "header",
  "algorithm",
  "key",
  "signature",
  "claims",
  "issuer",
  "audience",
  "expired",
  "not_yet_valid"
] as const

/** Why a token was refused. The words are safe to show to its bearer. `keys_unavailable` is no fault of the token. */
export const TokenFault = Schema.Literals([...ownFaults, "keys_unavailable"])
export type TokenFault = typeof TokenFault.Type

/** Why nobody is known: no credential, or one that was refused. */
export const CredentialFault = Schema.Literals([
  "missing",
  ...ownFaults,
  "api_key_unknown",
  "api_key_expired",
  "certificate"
])
export type CredentialFault = typeof CredentialFault.Type

const codeOf = (fault: CredentialFault | TokenFault) => {
  switch (fault) {
    case "missing":
      return ErrorCode.of("network.session_not_found")
    case "expired":
    case "api_key_expired":
      return ErrorCode.of("network.session_expired")
    case "keys_unavailable":
      return ErrorCode.of("common.not_initialized")
    default:
      return ErrorCode.of("network.session_invalid")
  }
}

const faults: Record<CredentialFault | TokenFault, string> = {
  missing: "This needs a token. Send the header: Authorization: Bearer <token>",
  too_large: "The token is larger than this server accepts. Ask for one with fewer claims.",
  malformed: "The token is not a signed JSON Web Token. Send the token as it was issued.",
  header: "The header of the token has critical extensions or keys of its own. Ask for a token without them.",
  algorithm: "The token is signed by an algorithm that this server does not accept. Ask for a token of this server.",
  key: "The token is signed by a key that this server does not know. Ask for a new token of its issuer.",
  keys_unavailable: "The keys of the issuer cannot be had at the moment. Try again later.",
  signature: "The signature of the token does not match. Ask for a token of this server.",
  claims: "The token was issued for somebody else or lacks a claim. Ask for a token of this server.",
  issuer: "The token comes from an issuer that this server does not trust. Ask for a token of this server.",
  audience: "The token was issued for another audience. Ask for a token of this server.",
  expired: "The token has expired. Ask for a new one.",
  not_yet_valid: "The token is not valid yet. Check the clock of its issuer.",
  api_key_unknown: "The API key is not known. Send the key as it was made, or ask for a new one.",
  api_key_expired: "The API key has expired. Ask for a new one.",
  certificate: "The client certificate stands for nobody here. Use one that this server knows."
}

/** A token that `TokenVerifier` does not accept. */
export class TokenRejected extends Schema.TaggedError<TokenRejected>()("TokenRejected", { fault: TokenFault }) {
  readonly errorCode = codeOf(this.fault)

  override get message() {
    return faults[this.fault]
  }
}

/** 401: no credential, or one that was refused. */
export class Unauthenticated extends Schema.TaggedError<Unauthenticated>()("Unauthenticated", {
  fault: CredentialFault
}) {
  readonly errorCode = codeOf(this.fault)

  override get message() {
    return faults[this.fault]
  }
}

/** 503: the keys that a token is verified with could not be had, so nobody is known by it. */
export class AuthenticationUnavailable
  extends Schema.TaggedError<AuthenticationUnavailable>()("AuthenticationUnavailable", {})
{
  readonly errorCode = ErrorCode.of("common.not_initialized")

  override get message() {
    return faults.keys_unavailable
  }
}

/** 403: the principal is known and lacks the permission. */
export class PermissionDenied extends Schema.TaggedError<PermissionDenied>()("PermissionDenied", {
  /** Absent when the endpoint names no permission: such an endpoint is open to nobody. */
  permission: Schema.optionalKey(Schema.String)
}) {
  readonly errorCode = ErrorCode.of("common.permission_denied")

  override get message() {
    return this.permission === undefined
      ? "This endpoint names no permission, so nobody may use it. Its author has to annotate it."
      : `This needs the permission "${this.permission}". Ask an administrator for a role that has it.`
  }
}

/** 503: who may do what could not be found out, so nothing is allowed. */
export class PermissionsUnavailable
  extends Schema.TaggedError<PermissionsUnavailable>()("PermissionsUnavailable", { cause: Schema.Defect() })
{
  readonly errorCode = ErrorCode.of("common.not_initialized")

  override get message() {
    return "Permissions cannot be checked at the moment. Try again later."
  }
}

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

/** A framed request found no connection. It was not sent, so it may be sent again. */
export class FramedUnreachable extends Schema.TaggedError<FramedUnreachable>()("FramedUnreachable", {
  host: Schema.String,
  port: Schema.Int,
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of(
    this.problem === "ECONNREFUSED" ? "network.connection_refused" : "network.connection_failed"
  )

  override get message() {
    return `There is no connection to the framed server at ${this.host}:${this.port} (${this.problem}). ` +
      "Nothing was sent: try again, and look whether the server runs and speaks TLS where the client does."
  }
}

/** More framed requests wait for their turn than the client allows. It was not sent, so it may be sent again. */
export class FramedLineFull extends Schema.TaggedError<FramedLineFull>()("FramedLineFull", { limit: Schema.Int }) {
  readonly errorCode = ErrorCode.of("network.send")

  override get message() {
    return `${this.limit} framed requests wait for their turn already. Nothing was sent: try again later, ask for less ` +
      "at a time, or raise `maxWaiting` of the client."
  }
}

/** No reply came in time. */
export class FramedTimedOut extends Schema.TaggedError<FramedTimedOut>()("FramedTimedOut", {
  type: Schema.String,
  millis: Schema.Finite,
  /** Whether the server may have got it. */
  sent: Schema.Boolean
}) {
  readonly errorCode = ErrorCode.of("common.timeout")

  override get message() {
    return `The framed request "${this.type}" had no reply after ${this.millis} ms. ` + (this.sent
      ? "Whether it had an effect is not known: repeat it only if twice does no harm."
      : "It was not sent: try again, or open more clients.")
  }
}

/** The connection ended before the reply came. */
export class FramedConnectionLost extends Schema.TaggedError<FramedConnectionLost>()("FramedConnectionLost", {
  host: Schema.String,
  port: Schema.Int,
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of("network.connection_closed")

  override get message() {
    return `The connection to the framed server at ${this.host}:${this.port} ended before the reply came ` +
      `(${this.problem}). Whether the request had an effect is not known: repeat it only if twice does no harm.`
  }
}

/** A framed request is larger than one of the two ends takes. It was not sent. */
export class FrameTooLarge extends Schema.TaggedError<FrameTooLarge>()("FrameTooLarge", {
  bytes: Schema.Int,
  limit: Schema.Int
}) {
  readonly errorCode = ErrorCode.of("network.message_too_large")

  override get message() {
    return `The payload has ${this.bytes} bytes, and a frame takes ${this.limit}. Nothing was sent: send less at a time, ` +
      "or raise `maxFrameSize` of the client and network.framed.max_frame_size of the server."
  }
}

/** The server answered with an error. */
export class FramedRemoteError extends Schema.TaggedError<FramedRemoteError>()("FramedRemoteError", {
  /** Name in the error registry of the server. */
  code: Schema.String,
  number: Schema.Int,
  detail: Schema.String,
  /** Whether trying again, unchanged, may succeed. */
  retryable: Schema.Boolean
}) {
  readonly errorCode = ErrorCode.find(this.code) ?? ErrorCode.of("common.internal_error")

  override get message() {
    return `The framed server answered ${this.code}: ${this.detail}`
  }
}

/** What a client is told that asks too often. */
export const tooOften = (seconds: number): string =>
  `This client asks more often than it may. Wait ${Math.ceil(seconds)} s, as Retry-After says, and ask less often.`

/** 429: the user asks more often than the rate limit allows. */
export class TooManyRequests extends Schema.TaggedError<TooManyRequests>()("TooManyRequests", {
  seconds: Schema.Finite
}) {
  readonly errorCode = ErrorCode.of("network.rate_limited")

  override get message() {
    return tooOften(this.seconds)
  }
}
