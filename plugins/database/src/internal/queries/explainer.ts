/** Asks the server how it would run a statement, without running it and without its values. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

const parameter = /\$(\d{1,3})(?!\d)/g

/** The protocol wants a value for each parameter; a generic plan does not look at it. */
const valuesFor = (statement: string): ReadonlyArray<null> => {
  const numbers = Array.from(statement.matchAll(parameter), ([, number]) => Number(number))
  return Array.from({ length: Math.max(0, ...numbers) }, () => null)
}

/** On another session than a transaction that is open around: a failure must not spoil it. */
export const explainer = (sql: SqlClient) => (statement: string): Effect.Effect<string, SqlError> =>
  sql.unsafe(`EXPLAIN (GENERIC_PLAN) ${statement}`, valuesFor(statement)).unprepared.pipe(
    Effect.map((rows) => rows.flatMap((row) => Object.values(row)).join("\n")),
    Effect.updateContext(Context.omit(sql.transactionService))
  )
