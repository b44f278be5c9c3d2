/** Everything that database can fail with beside Effect's own `SqlError`, each a sentence with what to do. */
import { ErrorCode } from "@heptad/common"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"

export * from "./errors/statements.ts"

/** The server does not answer, or does not let this app in. The reason never holds the password. */
export class DatabaseUnavailable extends Schema.TaggedError<DatabaseUnavailable>()("DatabaseUnavailable", {
  host: Schema.String,
  port: Schema.Int,
  reason: Schema.String,
  remedy: Schema.String
}) {
  readonly errorCode = ErrorCode.of("database.connection_failed")

  override get message() {
    return `PostgreSQL at ${this.host}:${this.port} is not available: ${this.reason}. ${this.remedy}`
  }

  override get [Runtime.errorExitCode](): number {
    return 69
  }
}

/** The embedded server could not be prepared or started. */
export class EmbeddedServerFailed extends Schema.TaggedError<EmbeddedServerFailed>()("EmbeddedServerFailed", {
  directory: Schema.String,
  problem: Schema.String,
  remedy: Schema.String
}) {
  readonly errorCode = ErrorCode.of("database.connection_failed")

  override get message() {
    return `The embedded PostgreSQL in ${this.directory} did not start: ${this.problem}. ${this.remedy}`
  }

  override get [Runtime.errorExitCode](): number {
    return 69
  }
}

/** A set could not be applied or read. `migration` is absent when the fault is not that of one migration. */
export class MigrationFailed extends Schema.TaggedError<MigrationFailed>()("MigrationFailed", {
  set: Schema.String,
  migration: Schema.optionalKey(Schema.String),
  problem: Schema.String,
  remedy: Schema.String
}) {
  readonly errorCode = ErrorCode.of("database.query_failed")

  override get message() {
    const where = this.migration === undefined ? `"${this.set}"` : `"${this.set}" at ${this.migration}`
    return `Migration of ${where} failed: ${this.problem}. ${this.remedy}`
  }
}

/** pg_dump or pg_restore is not there, too old, or failed; `problem` is then what it said itself. */
export class DatabaseToolFailed extends Schema.TaggedError<DatabaseToolFailed>()("DatabaseToolFailed", {
  program: Schema.String,
  problem: Schema.String,
  remedy: Schema.String
}) {
  readonly errorCode = ErrorCode.of("database.query_failed")

  override get message() {
    return `${this.program} could not do it: ${this.problem}. ${this.remedy}`
  }
}

/** A file cannot become a backup, or is none. */
export class BackupFileUnusable extends Schema.TaggedError<BackupFileUnusable>()("BackupFileUnusable", {
  file: Schema.String,
  problem: Schema.String,
  remedy: Schema.String
}) {
  readonly errorCode = ErrorCode.of("common.io_error")

  override get message() {
    return `${this.file} cannot be used: ${this.problem}. ${this.remedy}`
  }
}

/** A restore would mix a backup with what is there. Nothing was touched. */
export class DatabaseNotEmpty extends Schema.TaggedError<DatabaseNotEmpty>()("DatabaseNotEmpty", {
  database: Schema.String,
  /** The first few. */
  contents: Schema.Array(Schema.String)
}) {
  readonly errorCode = ErrorCode.of("common.already_exists")

  override get message() {
    return `The database "${this.database}" is not empty (${this.contents.join(", ")}). ` +
      `Restore into an empty one, or replace what is there with --replace.`
  }
}

/** Cause of the `SqlError` of a statement that got no session in time, because all were in use. */
export class PoolTimedOut extends Schema.TaggedError<PoolTimedOut>()("PoolTimedOut", {
  size: Schema.Int,
  waited: Schema.String,
  /** At most five of those who held the sessions, the longest first. */
  holders: Schema.String
}) {
  readonly errorCode = ErrorCode.of("database.pool_timeout")

  override get message() {
    const holders = this.holders === "" ? "" : `Held longest by ${this.holders}. `
    return `No database session became free within ${this.waited}: all ${this.size} are in use. ${holders}` +
      `Keep transactions short, or raise database.connection_pool.max_size (or acquire_timeout).`
  }
}

/** Cause of the `SqlError` of a statement that was refused because too many others wait for a session already. */
export class PoolOverloaded extends Schema.TaggedError<PoolOverloaded>()("PoolOverloaded", {
  size: Schema.Int,
  waiting: Schema.Int
}) {
  readonly errorCode = ErrorCode.of("database.pool_exhausted")

  override get message() {
    return `All ${this.size} database sessions are in use and ${this.waiting} statements wait for one, which is the most ` +
      `that may. Send less at a time, or raise database.connection_pool.max_size (or max_waiting).`
  }
}

/** Cause of the `SqlError` of a statement after the pool was closed. */
export class PoolClosed extends Schema.TaggedError<PoolClosed>()("PoolClosed", {}) {
  readonly errorCode = ErrorCode.of("database.pool_shutdown")

  override get message() {
    return "The database sessions of this app are closed, because it stops. Send the request to another instance."
  }
}

/** Cause of the `SqlError` of a statement whose session could not be opened in time. */
export class ConnectTimedOut extends Schema.TaggedError<ConnectTimedOut>()("ConnectTimedOut", {
  host: Schema.String,
  port: Schema.Int,
  waited: Schema.String
}) {
  readonly errorCode = ErrorCode.of("database.connection_timeout")

  override get message() {
    return `PostgreSQL at ${this.host}:${this.port} opened no session within ${this.waited}. ` +
      `Look whether the server and the network are overloaded, or raise database.connection_pool.connection_timeout.`
  }
}

/** Cause of the `SqlError` of a statement whose transaction was open for too long; nothing of it was kept. */
export class TransactionTimedOut extends Schema.TaggedError<TransactionTimedOut>()("TransactionTimedOut", {
  timeout: Schema.String
}) {
  readonly errorCode = ErrorCode.of("database.transaction_timeout")

  override get message() {
    return `The transaction was open for longer than ${this.timeout} and was rolled back. ` +
      `Do less in one transaction, or raise database.execution.transaction_timeout.`
  }
}

/** Cause of the `SqlError` of a statement that was not sent, because no configured server takes writes. */
export class NoPrimary extends Schema.TaggedError<NoPrimary>()("NoPrimary", {
  /** Each server with what it said. */
  servers: Schema.String,
  /** How long somebody waited, or why not. */
  how: Schema.optionalKey(Schema.String)
}) {
  readonly errorCode = ErrorCode.of("database.connection_failed")

  override get message() {
    return `No database server takes writes (${this.servers})${this.how === undefined ? "" : `, ${this.how}`}. ` +
      `Promote a replica, or start the primary again; it is found by itself.`
  }

  override get [Runtime.errorExitCode](): number {
    return 69
  }
}
