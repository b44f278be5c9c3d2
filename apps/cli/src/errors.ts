/** Everything that the command itself can fail with. */
import { ErrorCode } from "@heptad/common"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"

/** A word for which there is nothing to explain. */
export class NothingToExplain extends Schema.TaggedError<NothingToExplain>()("NothingToExplain", {
  what: Schema.String,
  /** What was perhaps meant. */
  near: Schema.Array(Schema.String)
}) {
  readonly errorCode = ErrorCode.of("common.not_found")

  override get message() {
    const meant = this.near.length === 0 ? "" : ` Did you mean ${this.near.join(" or ")}?`
    return `No error has the tag, code or number "${this.what}".${meant} See all of them: heptad explain-error`
  }
}

/** The name cannot be that of a package, or it is taken. */
export class InvalidPackageName extends Schema.TaggedError<InvalidPackageName>()("InvalidPackageName", {
  name: Schema.String,
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of("common.invalid_argument")

  override get message() {
    return `"${this.name}" cannot be the name: ${this.problem}.`
  }

  /** Usage, as every other word of the command line that is wrong. */
  override get [Runtime.errorExitCode](): number {
    return 2
  }
}

/** Something stands where the package would go. Nothing was written. */
export class FolderTaken extends Schema.TaggedError<FolderTaken>()("FolderTaken", { folder: Schema.String }) {
  readonly errorCode = ErrorCode.of("common.already_exists")

  override get message() {
    return `${this.folder} is there already, and not an empty folder. Choose another name, or another folder with --dir.`
  }
}

/** The file system refused. What was written before stays. */
export class PackageNotWritten extends Schema.TaggedError<PackageNotWritten>()("PackageNotWritten", {
  file: Schema.String,
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of("common.io_error")

  override get message() {
    return `${this.file} could not be written: ${this.problem}. Remove the folder when the reason is gone, and try again.`
  }
}

/** What `--database` was given is no address of a database. The problem never quotes it. */
export class InvalidDatabaseUrl extends Schema.TaggedError<InvalidDatabaseUrl>()("InvalidDatabaseUrl", {
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of("database.invalid_connection_string")

  override get message() {
    return `--database cannot be used: ${this.problem}. Write it as postgresql://user@host:5432/name?sslmode=require, ` +
      `with everything that is special in a URL percent-encoded.`
  }

  override get [Runtime.errorExitCode](): number {
    return 2
  }
}

/** The file of `--password-file` cannot be read. */
export class PasswordFileUnreadable extends Schema.TaggedError<PasswordFileUnreadable>()("PasswordFileUnreadable", {
  path: Schema.String,
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of("common.io_error")

  override get message() {
    return `the password in ${this.path} cannot be read: ${this.problem}. Name a file that this user may read.`
  }
}

/** There is no such set of migrations, or none at all. */
export class NoSuchMigrations extends Schema.TaggedError<NoSuchMigrations>()("NoSuchMigrations", {
  wanted: Schema.Array(Schema.String),
  known: Schema.Array(Schema.String)
}) {
  readonly errorCode = ErrorCode.of("common.not_found")

  override get message() {
    const known = this.known.length === 0 ? "there are none" : `there are: ${this.known.join(", ")}`
    return `no migrations of ${this.wanted.join(", ") || "any plugin"}; ${known}. ` +
      `Name the folder of the files with --dir, or the app's settings with --config.`
  }
}

const instance = { instance: Schema.String, problem: Schema.String }

/** The app was not ready, so nothing was tested. */
export class AppNotStarted extends Schema.TaggedError<AppNotStarted>()("AppNotStarted", instance) {
  readonly errorCode = ErrorCode.of("common.not_initialized")
  override readonly [Runtime.errorExitCode] = 69

  override get message() {
    return `instance ${this.instance} did not start: ${this.problem}`
  }
}

/** The test would write into a database that is not its own. */
export class ForeignDatabase extends Schema.TaggedError<ForeignDatabase>()("ForeignDatabase", { host: Schema.String }) {
  readonly errorCode = ErrorCode.of("common.invalid_argument")
  override readonly [Runtime.errorExitCode] = 78

  override get message() {
    return `the settings name a database at ${this.host}, and a drain test writes its orders there. ` +
      "Say --external-database if that is wanted, or leave out database.connections.primary.host for an embedded one."
  }
}

/** The balancer or the load ended, or said nothing in time: a bug of the test, not of the app. */
export class HarnessFailed extends Schema.TaggedError<HarnessFailed>()("HarnessFailed", { problem: Schema.String }) {
  readonly errorCode = ErrorCode.of("common.internal_error")
  override readonly [Runtime.errorExitCode] = 70

  override get message() {
    return `the drain test itself failed: ${this.problem}. Run it again; if it happens again, report it.`
  }
}

/** Nothing runs with this data directory, or it has no control API. */
export class AppNotRunning extends Schema.TaggedError<AppNotRunning>()("AppNotRunning", {
  directory: Schema.String,
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of("network.not_started")

  override get message() {
    return `no app answers for the data directory ${this.directory}: ${this.problem}. Start it, or name the data directory ` +
      `of the one that runs: --config, --set common.data_dir=..., or HEPTAD_DATA_DIR.`
  }

  /** EX_UNAVAILABLE. */
  override get [Runtime.errorExitCode](): number {
    return 69
  }
}

/** The app, or whatever is at its address, did not answer. */
export class ControlUnreachable extends Schema.TaggedError<ControlUnreachable>()("ControlUnreachable", {
  url: Schema.String,
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of("network.connection_failed")

  override get message() {
    return `${this.url} does not answer: ${this.problem}. Its log says more; "heptad health --live" tells a stuck process from ` +
      `one that has gone.`
  }

  override get [Runtime.errorExitCode](): number {
    return 69
  }
}

/** The token that proves who asks is not there or not readable for this user. */
export class ControlTokenUnreadable extends Schema.TaggedError<ControlTokenUnreadable>()("ControlTokenUnreadable", {
  path: Schema.String,
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of("common.permission_denied")

  override get message() {
    return `the token ${this.path} cannot be read: ${this.problem}. Run heptad as the user of the app, or give --token-file.`
  }
}

const remedies: Readonly<Record<number, string>> = {
  401: "Give the token of this app: --token-file, or the data directory that it runs with.",
  403: "Ask with the operator's token, on the machine of the app.",
  404:
    "The app has no such operation: the plugin that has it is absent or switched off, or heptad is of another version.",
  503: "The app is busy or stopping: try again, and see its log."
}

/** The app understood and said no. */
export class ControlRefused extends Schema.TaggedError<ControlRefused>()("ControlRefused", {
  operation: Schema.String,
  status: Schema.Int,
  title: Schema.String,
  detail: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    const said = (this.detail ?? this.title).replace(/\.$/, "")
    const remedy = remedies[this.status]
    return `${this.operation} was refused (${this.status}): ${said}.${remedy === undefined ? "" : ` ${remedy}`}`
  }
}

/** The answer is not what this version of the command expects. */
export class ControlMisunderstood extends Schema.TaggedError<ControlMisunderstood>()("ControlMisunderstood", {
  operation: Schema.String,
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of("common.invalid_argument")

  override get message() {
    return `the answer to ${this.operation} was not understood: ${this.problem}. Use the heptad of the app's version.`
  }
}

/** The process of an app did not end, or could not be told to. */
export class AppNotStopped extends Schema.TaggedError<AppNotStopped>()("AppNotStopped", {
  pid: Schema.Int,
  problem: Schema.String
}) {
  override get message() {
    return `process ${this.pid} was not stopped: ${this.problem}.`
  }
}

export type ControlError =
  | AppNotRunning
  | ControlUnreachable
  | ControlTokenUnreadable
  | ControlRefused
  | ControlMisunderstood

/** One of several processes ended before it served. Its own lines say why. */
export class ProcessNotStarted extends Schema.TaggedError<ProcessNotStarted>()("ProcessNotStarted", {
  process: Schema.Int,
  how: Schema.String,
  code: Schema.Int
}) {
  readonly errorCode = ErrorCode.of("common.not_initialized")

  override get message() {
    return `process ${this.process} ended with ${this.how} before it served. Its own lines, above, say why.`
  }

  override get [Runtime.errorExitCode](): number {
    return this.code === 0 ? 70 : this.code
  }
}

/** A successor was not ready, so its predecessor and all that were not replaced yet stay. */
export class ProcessNotReplaced extends Schema.TaggedError<ProcessNotReplaced>()("ProcessNotReplaced", {
  process: Schema.Int,
  pid: Schema.Int,
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of("common.not_initialized")

  override get message() {
    return `the successor of process ${this.process} was stopped again: ${this.problem}. Pid ${this.pid} goes on serving; ` +
      `correct what the log names, and run heptad restart-processes again.`
  }
}

/** A process dies again and again. */
export class ProcessesGaveUp extends Schema.TaggedError<ProcessesGaveUp>()("ProcessesGaveUp", {
  process: Schema.Int,
  how: Schema.String,
  restarts: Schema.Int
}) {
  readonly errorCode = ErrorCode.of("common.internal_error")
  override readonly [Runtime.errorExitCode] = 1

  override get message() {
    return `process ${this.process} ended with ${this.how}, after it was started again ${this.restarts} times in a row. ` +
      `Its log says why; network.listen.max_restarts says how often is too often.`
  }
}
