/** Why a port cannot be listened on. */
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
