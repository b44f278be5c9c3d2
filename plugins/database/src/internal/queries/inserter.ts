/**
 * Single inserts of one moment become one statement of many rows. When the server refuses that, nothing of it was kept, and each row
 * is inserted by itself: its caller gets its own error.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Request from "effect/Request"
import * as RequestResolver from "effect/RequestResolver"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { DatabaseConfig } from "../../config.ts"
import type { Database, Row } from "../../Database.ts"
import { StatementFailed } from "../../errors.ts"
import { Priority } from "../../Priority.ts"
import { Route } from "../../Route.ts"
import { Idempotent, StatementTimeout } from "./references.ts"

interface Insert extends Request.Request<Row, SqlError> {
  readonly _tag: "Insert"
  readonly row: Row
}

const Insert = Request.tagged<Insert>("Insert")

type Entry = Request.Entry<Insert>

/** Most parameters of a statement, by the protocol. */
const mostParameters = 65_535

/** Rows with other columns, or under other rules, are another statement. */
const groupOf = ({ context, request }: Entry): string =>
  JSON.stringify([
    Context.get(context, Idempotent),
    Context.get(context, StatementTimeout),
    Context.get(context, Priority),
    Context.get(context, Route),
    Object.keys(request.row).toSorted()
  ])

const portions = function*(entries: ReadonlyArray<Entry>, batchSize: number): Generator<ReadonlyArray<Entry>> {
  const columns = Object.keys(entries[0]?.request.row ?? {}).length
  const size = Math.max(1, Math.min(batchSize, Math.floor(mostParameters / Math.max(1, columns))))
  for (let at = 0; at < entries.length; at += size) yield entries.slice(at, at + size)
}

const complete = (entry: Entry, exit: Exit.Exit<Row, SqlError>) => Effect.sync(() => entry.completeUnsafe(exit))

/** The rows come back in the order in which they were given. Fewer come back when a trigger leaves some out. */
const answer = (entries: ReadonlyArray<Entry>, rows: ReadonlyArray<Row>, returns: boolean) =>
  returns && rows.length !== entries.length
    ? Effect.die(new Error("a trigger left rows out: do not use `returning` with this table"))
    : Effect.forEach(entries, (entry, index) => complete(entry, Exit.succeed(rows[index] ?? {})), { discard: true })

export const make = (
  current: { readonly config: DatabaseConfig },
  sql: SqlClient,
  wrote: Effect.Effect<void>
): Database["Service"]["inserter"] =>
(table, { returning = [] } = {}) => {
  const returned = returning.length === 0
    ? sql``
    : sql` RETURNING ${sql.csv(returning.map((name) => sql`${sql(name)}`))}`

  const put = ([first = {}, ...rest]: ReadonlyArray<Row>): Effect.Effect<ReadonlyArray<Row>, SqlError> =>
    Object.keys(first).length === 0
      ? Effect.map(
        Effect.forEach([first, ...rest], () => sql<Row>`INSERT INTO ${sql(table)} DEFAULT VALUES${returned}`),
        (all) => all.flat()
      )
      : sql<Row>`INSERT INTO ${sql(table)} ${sql.insert([first, ...rest])}${returned}`

  const alone = (entry: Entry) =>
    Effect.flatMap(
      Effect.exit(put([entry.request.row])),
      (exit) => complete(entry, Exit.map(exit, ([row = {}]) => row))
    )

  const together = (entries: ReadonlyArray<Entry>) =>
    Effect.matchEffect(put(entries.map(({ request }) => request.row)), {
      onSuccess: (rows) => answer(entries, rows, returning.length > 0),
      onFailure: (error) =>
        error.reason.cause instanceof StatementFailed && entries.length > 1
          ? Effect.forEach(entries, alone, { discard: true })
          : Effect.forEach(entries, (entry) => complete(entry, Exit.fail(error)), { discard: true })
    })

  const resolver = RequestResolver.makeGrouped<Insert, string>({
    key: groupOf,
    resolver: (entries) =>
      Effect.forEach(portions(entries, current.config.performance.batch_size), together, { discard: true })
  })

  return (row) =>
    Effect.flatMap(Effect.serviceOption(sql.transactionService), (open) =>
      Option.isSome(open)
        ? Effect.map(put([row]), ([first = {}]) => first)
        // The statement is one of a fiber of its own, which nobody reads in.
        : Effect.ensuring(Effect.request(Insert({ row }), resolver), wrote))
}
