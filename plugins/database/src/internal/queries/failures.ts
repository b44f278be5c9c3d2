/** Pure: what the driver reports, as errors of ours. The values that were sent stay behind. */
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import * as SqlErrors from "effect/sql/SqlError"
import { SqlError, type SqlErrorReason } from "effect/sql/SqlError"
import { TransactionTimedOut } from "../../errors.ts"
import {
  CommitUnknown,
  SessionLost,
  StatementCancelled,
  StatementFailed,
  TransactionRolledBack,
  ValueNotSupported
} from "../../errors/statements.ts"
import { problemOf, remedyOf } from "./sqlState.ts"

type Failure =
  | CommitUnknown
  | SessionLost
  | StatementCancelled
  | StatementFailed
  | TransactionRolledBack
  | TransactionTimedOut
  | ValueNotSupported

const wordOf = (cause: unknown, name: string): string | undefined => {
  const found: unknown = typeof cause === "object" && cause !== null ? Reflect.get(cause, name) : undefined
  return typeof found === "string" && found !== "" ? found : undefined
}

/** The SQLSTATE; a code of the operating system (ECONNRESET) has another length or letters. */
const stateOf = (cause: unknown): string | undefined => {
  const code = wordOf(cause, "code")
  return code !== undefined && wordOf(cause, "severity") !== undefined ? code : undefined
}

const kinds = {
  AuthenticationError: SqlErrors.AuthenticationError,
  AuthorizationError: SqlErrors.AuthorizationError,
  ConnectionError: SqlErrors.ConnectionError,
  ConstraintError: SqlErrors.ConstraintError,
  DeadlockError: SqlErrors.DeadlockError,
  LockTimeoutError: SqlErrors.LockTimeoutError,
  SerializationError: SqlErrors.SerializationError,
  SqlSyntaxError: SqlErrors.SqlSyntaxError,
  StatementTimeoutError: SqlErrors.StatementTimeoutError,
  UnknownError: SqlErrors.UnknownError
}

const withCause = (reason: SqlErrorReason, cause: Failure): SqlError => {
  const props = { cause, message: cause.message, operation: reason.operation }
  return new SqlError({
    reason: reason._tag === "UniqueViolation"
      ? new SqlErrors.UniqueViolation({ ...props, constraint: reason.constraint })
      : new kinds[reason._tag](props)
  })
}

const lost = (cause: Failure, operation: string): SqlError =>
  new SqlError({ reason: new SqlErrors.ConnectionError({ cause, message: cause.message, operation }) })

const told = ["message", "detail", "hint", "where", "internalQuery"]

const names = ["constraint", "schema", "table", "column"]

const pick = (cause: unknown, keys: ReadonlyArray<string>): Readonly<Record<string, string>> =>
  Object.fromEntries(keys.flatMap((key) => {
    const word = wordOf(cause, key)
    return word === undefined ? [] : [[key, word]]
  }))

const refused = (sqlState: string, cause: unknown): StatementFailed | StatementCancelled => {
  const message = wordOf(cause, "message") ?? ""
  if (sqlState === "57014") {
    return new StatementCancelled({ reason: message.includes("user request") ? "request" : "timeout" })
  }
  return new StatementFailed({
    sqlState,
    problem: problemOf(sqlState, message, wordOf(cause, "position") !== undefined),
    remedy: remedyOf(sqlState),
    ...pick(cause, names),
    server: Redacted.make(pick(cause, told))
  })
}

const undecodable = (reason: SqlErrorReason): boolean => reason.message === "PgConnection: Failed to decode row"

const isFatal = (cause: unknown): boolean =>
  ["FATAL", "PANIC"].includes(wordOf(cause, "severityUnlocalized") ?? wordOf(cause, "severity") ?? "")

/** The session is of no use any more. The last words of a server may come as any kind of error: FATAL ends every session. */
export const breaksSession = ({ reason }: SqlError): boolean =>
  reason._tag === "ConnectionError" || isFatal(reason.cause) || undecodable(reason)

/** Half a sentence: the words of the server about itself, or the code of the operating system. */
const whyLost = ({ cause }: SqlErrorReason): string => {
  const state = stateOf(cause)
  const words = state === undefined ? wordOf(cause, "code") : problemOf(state, wordOf(cause, "message") ?? "", false)
  return words ?? "the connection was closed"
}

/** The server ended the session because its transaction was open for too long. */
export const endedByTimeout = ({ reason }: SqlError): boolean =>
  ["25P03", "25P04"].includes(stateOf(reason.cause) ?? "")

/** A statement whose session broke; `expired` where its transaction had been open for longer than that. */
export const sessionLost = (error: SqlError, expired?: Duration.Duration): SqlError => {
  if (undecodable(error.reason)) return withCause(error.reason, new ValueNotSupported({ what: "column" }))
  return lost(
    expired === undefined
      ? new SessionLost({ reason: whyLost(error.reason) })
      : new TransactionTimedOut({ timeout: Duration.format(expired) }),
    "query"
  )
}

/** A statement that its caller gave less time than the server does. */
export const tookTooLong = (limit: Duration.Duration): SqlError => {
  const cause = new StatementCancelled({ reason: "timeout", limit: Duration.format(limit) })
  return new SqlError({
    reason: new SqlErrors.StatementTimeoutError({ cause, message: cause.message, operation: "query" })
  })
}

/** COMMIT was sent, and its answer never came. */
export const commitUnknown = ({ reason }: SqlError): SqlError =>
  lost(new CommitUnknown({ reason: whyLost(reason) }), "commit")

/** The answer to COMMIT was ROLLBACK. */
export const rolledBack = (): SqlError => {
  const cause = new TransactionRolledBack()
  return new SqlError({ reason: new SqlErrors.UnknownError({ cause, message: cause.message, operation: "commit" }) })
}

/** A statement that failed on a session that goes on. */
export const statementFailed = (error: SqlError): SqlError => {
  const { reason } = error
  const state = stateOf(reason.cause)
  if (state !== undefined) return withCause(reason, refused(state, reason.cause))
  return reason.message === "PgConnection: Failed to encode query"
    ? withCause(reason, new ValueNotSupported({ what: "parameter" }))
    : error
}
