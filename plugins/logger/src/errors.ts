/** What can go wrong with a sink. None of these reaches a caller: they are told on standard error and counted. */
import { ErrorCode } from "@heptad/common"
import * as Schema from "effect/Schema"

/** A log file that cannot be opened. */
export class FileOpenFailed extends Schema.TaggedError<FileOpenFailed>()("FileOpenFailed", {
  path: Schema.String,
  reason: Schema.String
}) {
  readonly errorCode = ErrorCode.of("logger.file_open")

  override get message() {
    return `The log file ${this.path} cannot be opened (${this.reason}). Make its folder writable, or change logger.sinks.`
  }
}

/** A sink that refuses a batch. */
export class WriteFailed extends Schema.TaggedError<WriteFailed>()("WriteFailed", {
  sink: Schema.String,
  reason: Schema.String
}) {
  readonly errorCode = ErrorCode.of("logger.file_write")

  override get message() {
    return `The log sink ${this.sink} cannot be written (${this.reason}). Free its disk, or change logger.sinks.`
  }
}

/** A file that could not be rotated; it goes on growing. */
export class RotationFailed extends Schema.TaggedError<RotationFailed>()("RotationFailed", {
  path: Schema.String,
  reason: Schema.String
}) {
  readonly errorCode = ErrorCode.of("logger.rotation")

  override get message() {
    return `The log file ${this.path} cannot be rotated and goes on growing (${this.reason}). ` +
      `Make its folder writable; the next try is in a minute.`
  }
}
