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
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of("network.bind_failed")

  override get message() {
    return `network cannot listen on ${this.host}:${this.port} (${this.problem}). Correct network.tcp.bind_address ` +
      `(environment NETWORK_BIND_ADDRESS) or network.tcp.port (environment NETWORK_PORT).`
  }

  override get [Runtime.errorExitCode](): number {
    return 69
  }
}

/** TLS is on, but its files or ciphers cannot be used. The server never falls back to plain text. */
export class TlsUnusable extends Schema.TaggedError<TlsUnusable>()("TlsUnusable", {
  setting: Schema.String,
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of("network.bind_failed")

  override get message() {
    return `network.tls is enabled, but ${this.setting} cannot be used: ${this.problem}. Correct it, ` +
      `or set network.tls.enabled to false (environment NETWORK_TLS_ENABLED).`
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

/** Why a token was refused. The words are safe to show to its bearer. */
export const TokenFault = Schema.Literals([
  "too_large",
  "malformed",
  "algorithm",
  "signature",
  "claims",
  "expired",
  "not_yet_valid"
])
export type TokenFault = typeof TokenFault.Type

const codeOf = (fault: TokenFault | "missing") =>
  ErrorCode.of(
    fault === "missing"
      ? "network.session_not_found"
      : fault === "expired"
      ? "network.session_expired"
      : "network.session_invalid"
  )

const tokenFaults: Record<TokenFault, string> = {
  too_large: "The token is larger than this server accepts. Ask for one with fewer claims.",
  malformed: "The token is not a signed JSON Web Token. Send the token as it was issued.",
  algorithm: "The token is signed by an algorithm that this server does not accept. Ask for a token of this server.",
  signature: "The signature of the token does not match. Ask for a token of this server.",
  claims: "The token was issued for somebody else or lacks a claim. Ask for a token of this server.",
  expired: "The token has expired. Ask for a new one.",
  not_yet_valid: "The token is not valid yet. Check the clock of its issuer."
}

/** A token that `TokenVerifier` does not accept. */
export class TokenRejected extends Schema.TaggedError<TokenRejected>()("TokenRejected", { fault: TokenFault }) {
  readonly errorCode = codeOf(this.fault)

  override get message() {
    return tokenFaults[this.fault]
  }
}

/** 401: no bearer token, or one that was refused. */
export class Unauthenticated extends Schema.TaggedError<Unauthenticated>()("Unauthenticated", {
  fault: Schema.Literals(["missing", ...TokenFault.literals])
}) {
  readonly errorCode = codeOf(this.fault)

  override get message() {
    return this.fault === "missing"
      ? "This needs a token. Send the header: Authorization: Bearer <token>"
      : tokenFaults[this.fault]
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
