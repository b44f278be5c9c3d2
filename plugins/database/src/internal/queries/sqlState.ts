/** Pure: what an SQLSTATE means here: its code of the registry, what to do, and whether the server's words may be repeated. */
import type { ErrorCode } from "@heptad/common"

export type Name = Extract<
  ErrorCode.ErrorName,
  `database.${string}` | "common.already_exists" | "common.invalid_argument"
>

const byState = new Map<string, Name>([
  ["23505", "common.already_exists"],
  ["25P02", "database.transaction_failed"],
  ["25P03", "database.transaction_timeout"],
  ["25P04", "database.transaction_timeout"],
  ["3D000", "database.connection_failed"],
  ["42501", "database.query_failed"],
  ["53300", "database.connection_failed"],
  ["55P03", "database.query_timeout"],
  ["57014", "database.query_timeout"],
  ["57P01", "database.connection_lost"],
  ["57P02", "database.connection_lost"],
  ["57P03", "database.connection_failed"],
  ["57P05", "database.connection_lost"]
])

const byClass = new Map<string, Name>([
  ["08", "database.connection_lost"],
  ["23", "common.invalid_argument"],
  ["28", "database.connection_failed"],
  ["40", "database.transaction_rolled_back"],
  ["42", "database.query_syntax"]
])

/** The name in the registry; undefined for a state that has no meaning of its own here. */
export const nameOf = (state: string): Name | undefined => byState.get(state) ?? byClass.get(state.slice(0, 2))

const remedies = new Map([
  ["23502", "Give the column a value."],
  ["23503", "Write the row that it refers to first, or keep that row while others refer to it."],
  ["23505", "Choose another value, or use ON CONFLICT."],
  ["25006", "Write outside of a read-only transaction, and to the primary."],
  ["25P02", "Roll the transaction back; the statement that failed before tells why."],
  ["42501", "Grant the role of database.connections.primary.user what it needs."],
  ["53100", "Free disk space of the server."],
  ["55P03", "Try again later, or shorten the transaction that holds the lock."]
])

const remediesOfClass = new Map([
  ["22", "Check the values before they are sent; the log of the server shows the one that it means."],
  ["23", "Send values that the constraint allows."],
  ["40", "Run the whole transaction again; Database.transaction does so by itself."],
  ["42", "Correct the statement, or apply the migration that makes what it names."],
  ["53", "Give the server more of what it lacks, or send less at a time."]
])

/** What to do, as a sentence. */
export const remedyOf = (state: string): string =>
  remedies.get(state) ?? remediesOfClass.get(state.slice(0, 2)) ?? "Look for the statement in the log of the server."

/** Of these the server words its message with names only: of tables, columns, constraints, roles, or of nothing. */
const withoutValues = new Set([
  ..."08 0A 21 23 24 25 26 28 2B 34 3B 3D 3F 40 42 44 53 54 55 57 58".split(" ")
])

/** What is missing may be named by the text of the statement, and then a position is told, or by a value (`$1::regclass`). */
const naming = new Set(["3F000", "42602", "42703", "42704", "42883", "42P01"])

const conditions = new Map([
  ["22", "a value does not fit its type"],
  ["22001", "a text is too long for its column"],
  ["22003", "a number is out of range"],
  ["22007", "a text is no date or time"],
  ["22008", "a date or time is out of range"],
  ["22012", "division by zero"],
  ["22021", "a text has a byte that the encoding of the database does not know"],
  ["22P02", "a text does not have the form of its type"],
  ["42", "what a value or the statement names does not exist"],
  ["3F", "what a value or the statement names does not exist"],
  ["P0", "a function of the database raised an exception"]
])

/** What the server says as far as it cannot hold a value; else what its state means. `inText`: it points into the statement. */
export const problemOf = (state: string, message: string, inText: boolean): string => {
  const family = state.slice(0, 2)
  return withoutValues.has(family) && (inText || !naming.has(state))
    ? message
    : conditions.get(state) ?? conditions.get(family) ?? "the statement failed"
}
