/** Everything that common can fail with. */
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import * as ErrorCode from "./ErrorCode.ts"

/** Another living process holds the data directory. Nothing was touched. */
export class DataDirectoryInUse extends Schema.TaggedError<DataDirectoryInUse>()("DataDirectoryInUse", {
  path: Schema.String,
  pid: Schema.Int,
  /** False when the holder runs in another container or on another host, where its pid means nothing here. */
  here: Schema.Boolean
}) {
  readonly errorCode = ErrorCode.of("common.already_exists")

  override get message() {
    const where = this.here ? "" : " of another container or host"
    return `The data directory ${this.path} is in use by process ${this.pid}${where}: ` +
      `stop that instance or set HEPTAD_DATA_DIR to another directory.`
  }

  /** EX_TEMPFAIL: the same start succeeds once the other instance is gone. */
  override get [Runtime.errorExitCode](): number {
    return 75
  }
}

/** The data directory cannot be made, locked or written. */
export class DataDirectoryUnusable extends Schema.TaggedError<DataDirectoryUnusable>()("DataDirectoryUnusable", {
  path: Schema.String,
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of("common.io_error")

  override get message() {
    return `The data directory ${this.path} cannot be used (${this.problem}): ` +
      `give this user write access to it or set HEPTAD_DATA_DIR to another directory.`
  }

  /** EX_CONFIG: the operator chose the directory. */
  override get [Runtime.errorExitCode](): number {
    return 78
  }
}

/** A check that did not pass; the text is shown to operators. */
export class Unhealthy extends Schema.TaggedError<Unhealthy>()("Unhealthy", { reason: Schema.String }) {
  readonly errorCode = ErrorCode.of("common.not_initialized")

  override get message() {
    return this.reason
  }
}
