/** Which code of the central registry a failed statement has: for problems, counters and logs. */
import { ErrorCode } from "@heptad/common"
import type { SqlError, SqlErrorReason } from "effect/sql/SqlError"
import { nameOf } from "./internal/queries/sqlState.ts"

const sqlStateOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string" ? cause.code : ""

/** Effect's driver tells a connect deadline by its text only. */
const timedOut = (reason: SqlErrorReason) => reason.message?.endsWith("Connection timed out") === true

/** What there is no SQLSTATE for: the server was not reached, or the session ended without a word. */
const connectionName = (reason: SqlErrorReason): ErrorCode.ErrorName =>
  reason.operation !== "connect"
    ? "database.connection_lost"
    : timedOut(reason)
    ? "database.connection_timeout"
    : "database.connection_failed"

const nameWithoutState = (reason: SqlErrorReason): ErrorCode.ErrorName => {
  switch (reason._tag) {
    case "ConnectionError":
      return connectionName(reason)
    case "AuthenticationError":
      return "database.connection_failed"
    default:
      return "database.query_failed"
  }
}

const carried = (cause: unknown): ErrorCode.ErrorCode | undefined =>
  typeof cause === "object" && cause !== null && "errorCode" in cause ? ErrorCode.ofError(cause) : undefined

/** The registry code of a failed statement; a unique violation is `common.already_exists` (409). */
export const errorCodeOf = ({ reason }: SqlError): ErrorCode.ErrorCode =>
  carried(reason.cause) ?? ErrorCode.of(nameOf(sqlStateOf(reason.cause)) ?? nameWithoutState(reason))
