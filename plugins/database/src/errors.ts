/** Everything that database can fail with beside Effect's own `SqlError`, each a sentence with what to do. */
import { ErrorCode } from "@heptad/common"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"

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

/** Cause of the `SqlError` of a statement that got no session in time, because all were in use. */
export class PoolTimedOut extends Schema.TaggedError<PoolTimedOut>()("PoolTimedOut", {
  size: Schema.Int,
  waited: Schema.String
}) {
  readonly errorCode = ErrorCode.of("database.pool_timeout")

  override get message() {
    return `All ${this.size} database sessions were in use for ${this.waited}. ` +
      `Keep transactions short, or raise database.connection_pool.max_size.`
  }
}

/** Cause of the `SqlError` of a statement that was refused because too many others wait for a session already. */
export class PoolOverloaded extends Schema.TaggedError<PoolOverloaded>()("PoolOverloaded", {
  size: Schema.Int,
  waiting: Schema.Int
}) {
  readonly errorCode = ErrorCode.of("database.pool_exhausted")

  override get message() {
    return `All ${this.size} database sessions are in use and ${this.waiting} statements wait for one. ` +
      `Send less at a time, or raise database.connection_pool.max_size.`
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
