/** Sessions: shared, limited, cancelled, lost; notifications; and what the layer tells about itself. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"
import { Database } from "../../Database.ts"
import { errorCodeOf } from "../../errorCodeOf.ts"
import { equal, promise, until } from "./promise.ts"

const shared = Effect.gen(function*() {
  const sql = yield* SqlClient
  const numbers = Array.from({ length: 100 }, (_, n) => n)
  const answers = yield* Effect.forEach(numbers, (n) => sql<{ n: number }>`SELECT ${n}::int AS n`, {
    concurrency: "unbounded"
  })
  equal(answers.map(([row]) => row?.n), numbers)
})

const exhausted = Effect.gen(function*() {
  const sql = yield* SqlClient
  const inside = yield* Deferred.make<void>()
  const holder = yield* Effect.forkScoped(
    sql.withTransaction(
      sql`SELECT 1`.pipe(Effect.andThen(Deferred.succeed(inside, undefined)), Effect.andThen(Effect.never))
    )
  )
  yield* Deferred.await(inside)
  const error = yield* Effect.flip(sql`SELECT 1`)
  equal(isSqlError(error) && errorCodeOf(error).name, "database.pool_timeout")
  yield* Fiber.interrupt(holder)
  equal(yield* sql`SELECT 1 AS one`, [{ one: 1 }])
})

const sleepers = Effect.flatMap(
  SqlClient,
  (sql) =>
    sql`SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE '%pg_sleep(60)%'
    AND pid <> pg_backend_pid()`
)

const cancelled = Effect.gen(function*() {
  const sql = yield* SqlClient
  const fiber = yield* Effect.forkScoped(sql`SELECT pg_sleep(60)`)
  yield* until(sleepers, (rows) => rows.length === 1)
  yield* Fiber.interrupt(fiber)
  yield* until(sleepers, (rows) => rows.length === 0)
})

const lost = Effect.gen(function*() {
  const sql = yield* SqlClient
  yield* sql`CREATE TABLE kept (id int)`
  const exit = yield* Effect.exit(
    sql.withTransaction(
      Effect.andThen(sql`INSERT INTO kept VALUES (1)`, sql`SELECT pg_terminate_backend(pg_backend_pid())`)
    )
  )
  equal(Exit.hasDies(exit), false, "a lost session is a failure that callers can handle")
  equal(Exit.isSuccess(exit), false)
  equal(yield* sql`SELECT id FROM kept`, [])
})

const notified = Effect.gen(function*() {
  const sql = yield* SqlClient
  const queue = yield* Database.use(({ listen }) => listen("it's \"odd\""))
  const send = (payload: string) => sql`SELECT pg_notify(${"it's \"odd\""}, ${payload})`
  yield* Effect.exit(sql.withTransaction(Effect.andThen(send("never"), Effect.fail("undone"))))
  yield* Effect.andThen(send("1"), send("2"))
  equal([(yield* Queue.take(queue)).payload, (yield* Queue.take(queue)).payload], ["1", "2"])
})

const told = Effect.gen(function*() {
  const sql = yield* SqlClient
  const { info, ping } = yield* Database
  yield* ping
  const server = yield* sql`SELECT current_database()::text AS database, current_user::text AS user,
    split_part(current_setting('server_version'), ' ', 1) AS "serverVersion"`
  equal(server, [{ database: info.database, user: info.user, serverVersion: info.serverVersion }])
})

export const sessions = [
  promise("everybody gets the own answer, however many ask at once", shared),
  promise("who gets no session in time is told so, and the next one gets it", exhausted, 1),
  promise("an interrupted statement ends on the server", cancelled, 2),
  promise("a session that is lost in a transaction is a failure, and the next statement works", lost),
  promise("what is sent to a channel arrives in order, and only what is committed", notified),
  promise("the layer answers a ping and knows where it is", told)
]
