/** Why the operations ports could not be opened, or a control request not be served. Each message ends with what to do. */
import { ErrorCode } from "@heptad/common"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"

/** Who wanted to listen where, and the names under which an operator can change it. */
const wanted = {
  /** `health` or `metrics`. */
  listener: Schema.String,
  host: Schema.String,
  port: Schema.Int,
  /** Key of the port in the settings files. */
  setting: Schema.String,
  /** Environment variable of the port. */
  env: Schema.String
}

/** Another process listens on the port. */
export class PortTaken extends Schema.TaggedError<PortTaken>()("PortTaken", wanted) {
  readonly errorCode = ErrorCode.of("network.bind_failed")

  override get message() {
    return `The ${this.listener} port ${this.port} on ${this.host} is already in use by another process. ` +
      `Stop that process, or choose another port with ${this.setting} or ${this.env}.`
  }

  override get [Runtime.errorExitCode]() {
    return 69
  }
}

/** The operating system refuses the address for another reason: no such address, no right to the port. */
export class BindFailed extends Schema.TaggedError<BindFailed>()("BindFailed", {
  ...wanted,
  /** Key of the bind address in the settings files. */
  addressSetting: Schema.String,
  reason: Schema.String
}) {
  readonly errorCode = ErrorCode.of("network.bind_failed")

  override get message() {
    return `The ${this.listener} port ${this.port} on ${this.host} cannot be opened (${this.reason}). ` +
      `Choose another address with ${this.addressSetting}, or another port with ${this.setting} or ${this.env}.`
  }

  override get [Runtime.errorExitCode]() {
    return 69
  }
}

/** Health and metrics share one listener and want the same path on it. */
export class EndpointTaken extends Schema.TaggedError<EndpointTaken>()("EndpointTaken", {
  endpoint: Schema.String,
  port: Schema.Int
}) {
  readonly errorCode = ErrorCode.of("common.invalid_argument")

  override get message() {
    return `Health and metrics share port ${this.port} and both want the path ${this.endpoint}. ` +
      `Change monitoring.prometheus.endpoint or monitoring.health.endpoint, or give them different ports.`
  }

  override get [Runtime.errorExitCode]() {
    return 78
  }
}

/** What changes the app is told in the audit log or does not happen. */
export class AuditUnwritable extends Schema.TaggedError<AuditUnwritable>()("AuditUnwritable", {
  path: Schema.String,
  reason: Schema.String
}) {
  readonly errorCode = ErrorCode.of("common.io_error")

  override get message() {
    return `The audit log cannot be written (${this.reason}), so nothing was done. Make ${this.path} writable, ` +
      `or free its disk. A stop by SIGTERM needs no audit log.`
  }
}
