/** What a failed statement says about its server. */
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { codeOf, mayComeUp } from "../PgSession.ts"

/** The server takes no writes: a replica, or a primary that was told so. */
export const isReadOnly = (error: unknown): boolean => isSqlError(error) && codeOf(error) === "25006"

/** The server was not reached, so that nothing was sent: the only kind that may be led elsewhere. */
export const isUnsent = (error: unknown): error is SqlError =>
  isSqlError(error) && error.reason.operation === "connect" && mayComeUp(error)

/** The server is not what it was, or goes away: so do the sessions with it. */
export const endsSessions = (error: SqlError): boolean => /^(?:25006|57P0[123])$/.test(codeOf(error))

/** Something that may mean that the server is lost, or is not what it was. */
export const isSuspicious = (error: SqlError): boolean =>
  endsSessions(error) || codeOf(error).startsWith("08") ||
  (error.reason._tag === "ConnectionError" && error.reason.operation !== "acquire")

/** It answered, although not what was asked: it is full, or does not let us in. That says nothing about its role. */
export const isRefusal = (error: SqlError): boolean => /^(?:28|3D|53)\w{3}$/.test(codeOf(error))
