/** Transactions: all or nothing, whatever ends them; a nested one can be undone alone; nobody sees what is not committed. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { SqlClient } from "effect/sql/SqlClient"
import { equal, promise } from "./promise.ts"

const ids = Effect.flatMap(SqlClient, (sql) => sql<{ id: number }>`SELECT id FROM kept ORDER BY id`).pipe(
  Effect.map((rows) => rows.map(({ id }) => id))
)

const insert = (id: number) => Effect.flatMap(SqlClient, (sql) => sql`INSERT INTO kept VALUES (${id})`)

const table = Effect.flatMap(SqlClient, (sql) => sql`CREATE TABLE kept (id int PRIMARY KEY)`)

const ends = Effect.gen(function*() {
  const { withTransaction } = yield* SqlClient
  yield* table
  yield* withTransaction(Effect.andThen(insert(1), insert(2)))
  const fails = yield* Effect.exit(withTransaction(Effect.andThen(insert(3), Effect.fail("no"))))
  equal(fails, Exit.fail("no"))
  yield* Effect.exit(withTransaction(Effect.andThen(insert(4), Effect.die("bug"))))
  const inside = yield* Deferred.make<void>()
  const open = withTransaction(
    Effect.andThen(insert(5), Effect.andThen(Deferred.succeed(inside, undefined), Effect.never))
  )
  const fiber = yield* Effect.forkScoped(open)
  yield* Deferred.await(inside)
  yield* Fiber.interrupt(fiber)
  equal(yield* ids, [1, 2])
})

const nested = Effect.gen(function*() {
  const { withTransaction } = yield* SqlClient
  yield* table
  yield* withTransaction(Effect.gen(function*() {
    yield* insert(1)
    yield* Effect.exit(withTransaction(Effect.andThen(insert(2), Effect.fail("undone"))))
    yield* Effect.exit(withTransaction(insert(1)))
    yield* withTransaction(insert(3))
  }))
  equal(yield* ids, [1, 3])
})

const poisoned = Effect.gen(function*() {
  const { withTransaction } = yield* SqlClient
  yield* table
  const exit = yield* Effect.exit(withTransaction(Effect.andThen(insert(1), Effect.exit(insert(1)))))
  equal(Exit.isSuccess(exit), false, "COMMIT of a transaction that had failed must not look like a commit")
  equal(yield* ids, [])
})

const isolated = Effect.gen(function*() {
  const { withTransaction } = yield* SqlClient
  yield* table
  const inside = yield* Deferred.make<void>()
  const go = yield* Deferred.make<void>()
  const open = insert(1).pipe(
    Effect.andThen(Deferred.succeed(inside, undefined)),
    Effect.andThen(Deferred.await(go)),
    withTransaction
  )
  const fiber = yield* Effect.forkScoped(open)
  yield* Deferred.await(inside)
  equal(yield* ids, [])
  yield* Deferred.succeed(go, undefined)
  yield* Fiber.join(fiber)
  equal(yield* ids, [1])
})

export const transactions = [
  promise("a transaction is kept whole, or not at all when it fails, breaks or is interrupted", ends),
  promise("a nested transaction is undone alone", nested),
  promise("a transaction whose failure was swallowed is not taken for committed", poisoned),
  promise("others see a transaction when it is committed", isolated)
]
