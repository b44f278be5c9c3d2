import { assert, it } from "@effect/vitest"
import { errorCodeOf, StatementCancelled, StatementFailed } from "@heptad/database"
import { TestDatabase } from "@heptad/database/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { inspect } from "node:util"
import { connect } from "./connect.ts"

const on = <A, E, R>(test: Effect.Effect<A, E, R>, sections = {}) =>
  Effect.flatMap(
    TestDatabase.fresh,
    (coordinates) => Effect.provide(test, connect({ ...TestDatabase.settings(coordinates), ...sections }))
  )

const tables = Effect.gen(function*() {
  const sql = yield* SqlClient
  yield* sql`CREATE TYPE mood AS ENUM ('calm')`
  yield* sql`CREATE TABLE people (id int PRIMARY KEY, name varchar(5) NOT NULL, age int CHECK (age > 0), mood mood)`
  yield* sql`CREATE TABLE pets (owner int REFERENCES people)`
  yield* sql`CREATE FUNCTION shout(text) RETURNS int LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''loud: %'', $1; END'`
  yield* sql`INSERT INTO people VALUES (1, 'one', 1)`
  return sql
})

it.live("a refused statement says what was refused, by which constraint, and what to do", () =>
  on(Effect.gen(function*() {
    const sql = yield* tables
    const messageOf = (effect: Effect.Effect<unknown, SqlError>) =>
      Effect.map(Effect.flip(effect), (error) => `${errorCodeOf(error).name}: ${error.message}`)
    assert.strictEqual(
      yield* messageOf(sql`INSERT INTO people VALUES (1, 'one', 1)`),
      `common.already_exists: duplicate key value violates unique constraint "people_pkey" (SQLSTATE 23505, schema public, ` +
        `table people). Choose another value, or use ON CONFLICT.`
    )
    assert.strictEqual(
      yield* messageOf(sql`INSERT INTO people VALUES (2, null, 1)`),
      `common.invalid_argument: null value in column "name" of relation "people" violates not-null constraint (SQLSTATE ` +
        `23502, schema public). Give the column a value.`
    )
    assert.strictEqual(
      yield* messageOf(sql`INSERT INTO pets VALUES (9)`),
      `common.invalid_argument: insert or update on table "pets" violates foreign key constraint "pets_owner_fkey" (SQLSTATE ` +
        `23503, schema public). Write the row that it refers to first, or keep that row while others refer to it.`
    )
    assert.strictEqual(
      yield* messageOf(sql`SELECT nothing FROM people`),
      `database.query_syntax: column "nothing" does not exist (SQLSTATE 42703). Correct the statement, or apply the ` +
        `migration that makes what it names.`
    )
    assert.strictEqual(
      yield* messageOf(sql`SELECT 1 / 0`),
      "database.query_failed: division by zero (SQLSTATE 22012). Check the values before they are sent; the log of the " +
        "server shows the one that it means."
    )
    const error = yield* Effect.flip(sql`INSERT INTO people VALUES (2, 'two', 0)`)
    const { cause } = error.reason
    if (!(cause instanceof StatementFailed)) return assert.fail("another kind of failure")
    assert.deepStrictEqual(
      [error.reason._tag, cause.sqlState, cause.constraint, cause.schema, cause.table],
      ["ConstraintError", "23514", "people_age_check", "public", "people"]
    )
  })))

/** Every way in which an error may be written down. */
const writtenOf = (error: SqlError): string =>
  [
    error.message,
    String(error),
    error.stack,
    JSON.stringify(error),
    JSON.stringify(error.reason.cause),
    inspect(error, { depth: 20, showHidden: true }),
    Cause.pretty(Cause.fail(error))
  ].join("\n")

const secret = "Tell-Nobody-42"

it.live("a value that was sent stands in no error, whatever the server says about it", () =>
  on(Effect.gen(function*() {
    const sql = yield* tables
    yield* sql`CREATE TABLE secrets (value text UNIQUE CHECK (value <> 'Tell-Nobody-43'), number int)`
    yield* sql`INSERT INTO secrets VALUES (${secret})`
    const failures = yield* Effect.forEach([
      sql`INSERT INTO secrets VALUES (${secret})`,
      sql`INSERT INTO secrets VALUES (${"Tell-Nobody-43"}, 1)`,
      sql`INSERT INTO people VALUES (3, ${secret}, 1)`,
      sql`SELECT ${secret}::int`,
      sql`SELECT ${secret}::timestamptz`,
      sql`SELECT ${secret}::mood`,
      sql`SELECT ${`{"a": ${secret}`}::jsonb`,
      sql`SELECT ${`{"${secret}`}::int[]`,
      sql`SELECT set_config('work_mem', ${secret}, false)`,
      sql`SELECT shout(${secret})`,
      sql`SELECT ${secret}::regclass`,
      sql`SELECT ${Symbol(secret)}`,
      sql`SELECT ${{ toString: () => secret }}`
    ], Effect.flip)
    for (const error of failures) assert.notInclude(writtenOf(error), "Tell-Nobody")
    assert.deepStrictEqual(
      failures.map(({ reason: { cause } }) => cause instanceof StatementFailed ? cause.sqlState : undefined),
      [
        "23505",
        "23514",
        "22001",
        "22P02",
        "22007",
        "22P02",
        "22P02",
        "22P02",
        "22023",
        "P0001",
        "42P01",
        undefined,
        undefined
      ]
    )
    assert.strictEqual(
      failures.at(-1)?.message,
      "A parameter of the statement has no PostgreSQL type. Pass text, numbers, booleans, dates, bytes, flat arrays of these, " +
        "or PgTypes of @effect/sql-pg."
    )
    const [first] = failures
    const { cause } = first?.reason ?? {}
    if (!(cause instanceof StatementFailed)) return assert.fail("another kind of failure")
    assert.include(Redacted.value(cause.server)["detail"], secret)
  })))

it.live("a cancelled statement says who cancelled it", () =>
  on(
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const late = yield* Effect.flip(sql`SELECT pg_sleep(9)`)
      assert.strictEqual(
        late.message,
        "The server cancelled the statement because it ran for longer than its timeout (SQLSTATE 57014). Make it faster, or " +
          "raise database.execution.query_timeout."
      )
      assert.strictEqual(errorCodeOf(late).name, "database.query_timeout")
      const cancelled = yield* Effect.flip(sql`SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(9)`)
      assert.deepStrictEqual(cancelled.reason.cause, new StatementCancelled({ reason: "request" }))
      assert.strictEqual(errorCodeOf(cancelled).name, "database.query_failed")
    }),
    { execution: { query_timeout: "50ms" } }
  ))
