/** Which code of the central registry a failed statement has: for problems, counters and logs. */
import { ErrorCode } from "@heptad/common"
import type { SqlError, SqlErrorReason } from "effect/sql/SqlError"

/** SQLSTATEs that Effect files under `UnknownError`. */
const bySqlState = new Map<string, ErrorCode.ErrorName>([
  ["53300", "database.connection_failed"],
  ["57P01", "database.connection_lost"],
  ["57P02", "database.connection_lost"],
  ["57P03", "database.connection_failed"],
  ["3D000", "database.connection_failed"],
  ["25P02", "database.transaction_failed"],
  ["25P03", "database.transaction_timeout"],
  ["25P04", "database.transaction_timeout"]
])

const sqlStateOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string" ? cause.code : ""

const unknownName = (reason: SqlErrorReason): ErrorCode.ErrorName =>
  bySqlState.get(sqlStateOf(reason.cause)) ??
    (reason.operation === "commit" ? "database.transaction_rolled_back" : "database.query_failed")

/** Effect's driver tells a connect deadline by its text only. */
const timedOut = (reason: SqlErrorReason) => reason.message?.endsWith("Connection timed out") === true

const connectionName = (reason: SqlErrorReason): ErrorCode.ErrorName =>
  bySqlState.get(sqlStateOf(reason.cause)) ??
    (reason.operation !== "connect"
      ? "database.connection_lost"
      : timedOut(reason)
      ? "database.connection_timeout"
      : "database.connection_failed")

const nameOf = (reason: SqlErrorReason): ErrorCode.ErrorName => {
  switch (reason._tag) {
    case "UniqueViolation":
      return "common.already_exists"
    case "ConstraintError":
      return "common.invalid_argument"
    case "SqlSyntaxError":
      return "database.query_syntax"
    case "AuthenticationError":
      return "database.connection_failed"
    case "AuthorizationError":
      return "database.query_failed"
    case "DeadlockError":
    case "SerializationError":
      return "database.transaction_rolled_back"
    case "LockTimeoutError":
    case "StatementTimeoutError":
      return "database.query_timeout"
    case "ConnectionError":
      return connectionName(reason)
    case "UnknownError":
      return unknownName(reason)
  }
}

const carried = (cause: unknown): ErrorCode.ErrorCode | undefined =>
  typeof cause === "object" && cause !== null && "errorCode" in cause ? ErrorCode.ofError(cause) : undefined

/** The registry code of a failed statement; a unique violation is `common.already_exists` (409). */
export const errorCodeOf = (error: SqlError): ErrorCode.ErrorCode =>
  carried(error.reason.cause) ?? ErrorCode.of(nameOf(error.reason))
