/**
 * What a statement can fail with once there is a session: causes of Effect's `SqlError`, whose message is theirs. None of them
 * shows a value that was sent: PostgreSQL puts values into `detail`, `where` and some messages, and those stay redacted.
 */
import { ErrorCode } from "@heptad/common"
import * as Schema from "effect/Schema"
import type * as SqlState from "../internal/queries/sqlState.ts"
import { nameOf } from "../internal/queries/sqlState.ts"

const Name = Schema.optionalKey(Schema.String)

/** The server refused a statement. Nothing of it was kept; an open transaction takes nothing more. */
export class StatementFailed extends Schema.TaggedError<StatementFailed>()("StatementFailed", {
  /** Five characters, see appendix A of PostgreSQL's documentation. */
  sqlState: Schema.String,
  problem: Schema.String,
  remedy: Schema.String,
  /** The names that the server told with it. */
  constraint: Name,
  schema: Name,
  table: Name,
  column: Name,
  /** All that the server said, values included: unwrap it where no log and no answer sees it. */
  server: Schema.Redacted(Schema.Record(Schema.String, Schema.String))
}) {
  get errorCode(): ErrorCode.ErrorCode<SqlState.Name> {
    return ErrorCode.of(nameOf(this.sqlState) ?? "database.query_failed")
  }

  /** Where drivers keep it. */
  get code(): string {
    return this.sqlState
  }

  override get message() {
    const names = [
      ["constraint", this.constraint],
      ["schema", this.schema],
      ["table", this.table],
      ["column", this.column]
    ].flatMap(([kind, name]) => name === undefined || this.problem.includes(`"${name}"`) ? [] : [`${kind} ${name}`])
    return `${this.problem} (${[`SQLSTATE ${this.sqlState}`, ...names].join(", ")}). ${this.remedy}`
  }
}

/** The server stopped a statement before its end: it ran for too long, or somebody asked for it. Nothing of it was kept. */
export class StatementCancelled extends Schema.TaggedError<StatementCancelled>()("StatementCancelled", {
  reason: Schema.Literals(["timeout", "request"]),
  /** The time that its caller gave it (`Database.timeout`); absent where the server's own ended it. */
  limit: Schema.optionalKey(Schema.String)
}) {
  get errorCode(): ErrorCode.ErrorCode<"database.query_timeout" | "database.query_failed"> {
    return ErrorCode.of(this.reason === "timeout" ? "database.query_timeout" : "database.query_failed")
  }

  override get message() {
    return this.reason === "timeout"
      ? `The server cancelled the statement because it ran for longer than ${
        this.limit ?? "its timeout"
      } (SQLSTATE 57014). ` +
        (this.limit === undefined
          ? "Make it faster, or raise database.execution.query_timeout."
          : "Make it faster, or give it more time with Database.timeout.")
      : "The server cancelled the statement because somebody asked for it, for example with pg_cancel_backend " +
        "(SQLSTATE 57014). Ask who did, and send it again."
  }
}

/** A parameter or a column has a form that the driver does not know. The statement was not sent, or its rows cannot be read. */
export class ValueNotSupported extends Schema.TaggedError<ValueNotSupported>()("ValueNotSupported", {
  what: Schema.Literals(["parameter", "column"])
}) {
  readonly errorCode = ErrorCode.of("database.query_failed")

  override get message() {
    return this.what === "parameter"
      ? "A parameter of the statement has no PostgreSQL type. Pass text, numbers, booleans, dates, bytes, flat arrays of " +
        "these, or PgTypes of @effect/sql-pg."
      : "A column of the result cannot be read. Cast it to a common type, for example with ::text."
  }
}

/** The session broke while a statement was on its way. */
export class SessionLost extends Schema.TaggedError<SessionLost>()("SessionLost", {
  /** Why, where the server or the operating system told it. */
  reason: Schema.String
}) {
  readonly errorCode = ErrorCode.of("database.connection_lost")

  override get message() {
    return `The database session was lost (${this.reason}). Nothing of an open transaction was kept; whether a statement ` +
      "outside of one took effect is not known. Look before you repeat it, or mark what may be repeated with " +
      "Database.idempotent."
  }
}

/** The session broke after COMMIT was sent and before its answer: the transaction may have been kept or not. */
export class CommitUnknown extends Schema.TaggedError<CommitUnknown>()("CommitUnknown", {
  reason: Schema.String
}) {
  readonly errorCode = ErrorCode.of("database.commit_unknown")

  override get message() {
    return `The database session was lost (${this.reason}) after COMMIT was sent and before its answer: the transaction was ` +
      "kept as a whole or not at all. Look for its rows before you repeat it."
  }
}

/** COMMIT of a transaction in which a statement had failed: the server rolled it back. */
export class TransactionRolledBack extends Schema.TaggedError<TransactionRolledBack>()("TransactionRolledBack", {}) {
  readonly errorCode = ErrorCode.of("database.transaction_rolled_back")

  override get message() {
    return "COMMIT rolled the transaction back, because a statement in it had failed. Let that failure end the transaction, " +
      "or put the statement into a nested transaction."
  }
}
