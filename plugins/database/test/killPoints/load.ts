/**
 * A mixed load whose answers can be checked: single selects, inserts, transactions with a savepoint, streams, batches and
 * coalesced inserts, COPY both ways. Each worker remembers what the server acknowledged; what it refused or left open is counted, too.
 */
import { CommitUnknown, Database, errorCodeOf, SessionLost } from "@heptad/database"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"

/** What became of the writes: ids that must be there, must not be there, or may be. */
export interface Ledger {
  readonly kept: Set<number>
  readonly refused: Set<number>
  readonly open: Set<number>
  readonly wrong: Array<string>
  failures: number
}

export const ledger = (): Ledger => ({ kept: new Set(), refused: new Set(), open: new Set(), wrong: [], failures: 0 })

export const table = SqlClient.use((sql) => sql`CREATE TABLE writes (id int PRIMARY KEY)`)

/** Nobody knows whether it took effect. */
const isOpen = (error: unknown): boolean =>
  isSqlError(error) && (error.reason.cause instanceof CommitUnknown || error.reason.cause instanceof SessionLost)

const expected = new Set([
  "database.connection_lost",
  "database.connection_failed",
  "database.connection_timeout",
  "database.commit_unknown",
  "database.pool_timeout"
])

/** Writes into the ledger how the write of these ids ended. `whole`: a transaction that lost its session left nothing. */
const entered = <A, E, R>(book: Ledger, ids: ReadonlyArray<number>, whole: boolean, write: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.exit(write), (exit) => {
    const error = Exit.isFailure(exit)
      ? exit.cause.reasons.flatMap((reason) => "error" in reason ? [reason.error] : [])[0]
      : undefined
    const unknown = isSqlError(error) && error.reason.cause instanceof CommitUnknown
    const into = Exit.isSuccess(exit) ? book.kept : (whole ? unknown : isOpen(error)) ? book.open : book.refused
    for (const id of ids) into.add(id)
    if (Exit.isSuccess(exit)) return
    book.failures++
    if (!isSqlError(error) || !expected.has(errorCodeOf(error).name)) {
      book.wrong.push(`unexpected failure: ${String(exit.cause)}`)
    }
  })

const read = <A, E, R>(book: Ledger, effect: Effect.Effect<A, E, R>, right: (answer: A) => boolean) =>
  Effect.flatMap(Effect.exit(effect), (exit) =>
    Exit.isSuccess(exit)
      ? Effect.sync(() => void (right(exit.value) || book.wrong.push("wrong answer to a read")))
      : entered(book, [], true, Effect.failCause(exit.cause)))

const lines = (...ids: ReadonlyArray<number>) => Stream.make(...ids.map((id) => new TextEncoder().encode(`${id}\n`)))

/** One round of everything, with ids from `first` on. */
export const round = Effect.fnUntraced(function*(book: Ledger, first: number) {
  const sql = yield* SqlClient
  const { copyIn, copyOut, executeBatch, inserter, transaction } = yield* Database
  const put = (id: number) => sql`INSERT INTO writes VALUES (${id})`
  const insert = inserter("writes")
  const nested = Effect.all([
    put(first + 1),
    Effect.ignore(sql.withTransaction(Effect.andThen(put(first + 2), Effect.fail("no")))),
    put(first + 3)
  ])
  yield* Effect.all([
    read(book, sql`SELECT ${first}::int AS n`, (rows) => rows.length === 1 && rows[0]?.["n"] === first),
    read(
      book,
      Stream.runFold(sql<{ n: number }>`SELECT generate_series(1, 200) AS n`.stream, () => 0, (sum, { n }) => sum + n),
      (sum) => sum === 20_100
    ),
    entered(book, [first], false, put(first)),
    entered(book, [first + 1, first + 3], true, transaction({ retry: false })(nested)),
    entered(book, [first + 4, first + 5], true, sql.withTransaction(Effect.andThen(put(first + 4), put(first + 5)))),
    entered(book, [first + 6, first + 7], true, Effect.suspend(() => executeBatch([put(first + 6), put(first + 7)]))),
    entered(book, [first + 8], false, insert({ id: first + 8 })),
    entered(book, [first + 9], false, insert({ id: first + 9 })),
    entered(book, [first + 10, first + 11], false, copyIn({ table: "writes" }, lines(first + 10, first + 11))),
    read(
      book,
      Stream.mkString(Stream.decodeText(copyOut({ query: "SELECT generate_series(1, 3)" }))),
      (text) => text === "1\n2\n3\n"
    ),
    Effect.sync(() => void book.refused.add(first + 2))
  ], { concurrency: "unbounded", discard: true })
})
