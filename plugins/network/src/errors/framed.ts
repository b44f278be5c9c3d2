/** Why a framed request has no reply. */
import { ErrorCode } from "@heptad/common"
import * as Schema from "effect/Schema"

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
