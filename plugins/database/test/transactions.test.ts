import { assert, it } from "@effect/vitest"
import { Database, errorCodeOf } from "@heptad/database"
import { TestDatabase } from "@heptad/database/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { connect } from "./connect.ts"

const on = <A, E, R>(test: Effect.Effect<A, E, R>, execution = {}) =>
  Effect.flatMap(
    TestDatabase.fresh,
    (coordinates) => Effect.provide(test, connect({ ...TestDatabase.settings(coordinates), execution }))
  )

const codeOf = <R>(effect: Effect.Effect<unknown, SqlError, R>) =>
  Effect.map(Effect.flip(effect), (error) => errorCodeOf(error).name)

it.live("a transaction has the isolation and the rights that it asks for", () =>
  on(Effect.gen(function*() {
    const sql = yield* SqlClient
    const { transaction } = yield* Database
    const state = sql`SELECT current_setting('transaction_isolation') AS isolation,
      current_setting('transaction_read_only') AS "readOnly", current_setting('transaction_deferrable') AS deferrable`
    const [usual] = yield* transaction()(state)
    assert.deepStrictEqual(usual, { isolation: "read committed", readOnly: "off", deferrable: "off" })
    const [strict] = yield* transaction({ isolation: "serializable", readOnly: true, deferrable: true })(state)
    assert.deepStrictEqual(strict, { isolation: "serializable", readOnly: "on", deferrable: "on" })
    const [repeatable] = yield* transaction({ isolation: "repeatable read" })(state)
    assert.deepStrictEqual(repeatable, { isolation: "repeatable read", readOnly: "off", deferrable: "off" })
    const writing = yield* Effect.flip(transaction({ readOnly: true })(sql`CREATE TABLE never (id int)`))
    assert.strictEqual(
      writing.message,
      "cannot execute CREATE TABLE in a read-only transaction (SQLSTATE 25006). Write outside of a read-only transaction, " +
        "and to the primary."
    )
  })))

it.live("a nested transaction is a savepoint, whichever way either was begun, and takes no isolation of its own", () =>
  on(Effect.gen(function*() {
    const sql = yield* SqlClient
    const { transaction } = yield* Database
    yield* sql`CREATE TABLE kept (id int)`
    const put = (id: number) => sql`INSERT INTO kept VALUES (${id})`
    for (const nest of [sql.withTransaction, transaction()]) {
      for (const outer of [sql.withTransaction, transaction()]) {
        yield* sql`TRUNCATE kept`
        yield* outer(Effect.all([
          put(1),
          Effect.ignore(nest(Effect.andThen(put(2), sql`SELECT 1 / 0`))),
          nest(put(3))
        ]))
        assert.deepStrictEqual(yield* sql`SELECT id FROM kept ORDER BY id`, [{ id: 1 }, { id: 3 }])
      }
    }
    const wrong = yield* Effect.exit(transaction()(transaction({ isolation: "serializable" })(put(4))))
    assert.isTrue(Exit.hasDies(wrong))
    assert.lengthOf(yield* sql`SELECT * FROM kept WHERE id = 4`, 0)
  })))

it.live("timeout rolls a transaction back and keeps its session; a longer one than the setting holds too", () =>
  on(
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const { transaction } = yield* Database
      yield* sql`CREATE TABLE kept (id int)`
      const sleeping = Effect.andThen(sql`INSERT INTO kept VALUES (1)`, sql`SELECT pg_sleep(0.5)`)
      const late = yield* Effect.flip(transaction({ timeout: "50 millis" })(sleeping))
      assert.strictEqual(
        late.message,
        "The transaction was open for longer than 50ms and was rolled back. Do less in one transaction, or raise " +
          "database.execution.transaction_timeout."
      )
      assert.strictEqual(yield* codeOf(transaction()(sleeping)), "database.transaction_timeout")
      assert.deepStrictEqual(yield* sql`SELECT * FROM kept`, [])
      yield* transaction({ timeout: "10 seconds" })(sleeping)
      assert.lengthOf(yield* sql`SELECT * FROM kept`, 1)
    }),
    { transaction_timeout: "200ms" }
  ))

it.live("a statement with a time of its own is cancelled on the server, in and outside of a transaction", () =>
  on(Effect.gen(function*() {
    const sql = yield* SqlClient
    const { transaction } = yield* Database
    const soon = Database.timeout("50 millis")
    const error = yield* Effect.flip(soon(sql`SELECT pg_sleep(61)`))
    assert.strictEqual(
      error.message,
      "The server cancelled the statement because it ran for longer than 50ms (SQLSTATE 57014). Make it faster, or give it " +
        "more time with Database.timeout."
    )
    assert.strictEqual(yield* codeOf(soon(transaction()(sql`SELECT pg_sleep(61)`))), "database.query_timeout")
    assert.deepStrictEqual(
      yield* sql`SELECT query FROM pg_stat_activity WHERE query LIKE '%pg_sleep(61)%' AND state = 'active'
        AND pid <> pg_backend_pid() AND datname = current_database()`,
      []
    )
    assert.lengthOf(yield* soon(transaction()(sql`SELECT 1`)), 1)
  })))
