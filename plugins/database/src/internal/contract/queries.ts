/** Statements: values go there and back, a parameter is never SQL, failures have codes, rows may come one by one. */
import * as Effect from "effect/Effect"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import { errorCodeOf } from "../../errorCodeOf.ts"
import { equal, promise } from "./promise.ts"

const values = Effect.gen(function*() {
  const sql = yield* SqlClient
  const when = new Date("2026-02-03T04:05:06.789Z")
  const [row] =
    yield* sql`SELECT ${42}::int AS "int", ${1.5}::float8 AS "float", ${"Größe 'x' \\ 数据"}::text AS "text",
    ${true}::bool AS "bool", ${null}::text AS "null", ${when}::timestamptz AS "when"`
  equal(row, { int: 42, float: 1.5, text: "Größe 'x' \\ 数据", bool: true, null: null, when })
})

const injection = Effect.gen(function*() {
  const sql = yield* SqlClient
  yield* sql`CREATE TABLE kept (name text)`
  const name = "'); DROP TABLE kept; --"
  yield* sql`INSERT INTO kept (name) VALUES (${name})`
  equal(yield* sql`SELECT name FROM kept WHERE name = ${name}`, [{ name }])
})

const changes = Effect.gen(function*() {
  const sql = yield* SqlClient
  yield* sql`CREATE TABLE things (id int PRIMARY KEY, name text NOT NULL)`
  equal(
    yield* sql`INSERT INTO things ${
      sql.insert([{ id: 1, name: "a" }, { id: 2, name: "b" }, { id: 3, name: "c" }])
    } RETURNING id`,
    [{ id: 1 }, { id: 2 }, { id: 3 }]
  )
  yield* sql`UPDATE things SET name = ${"z"} WHERE ${sql.in("id", [1, 2])}`
  yield* sql`DELETE FROM things WHERE id = ${3}`
  equal(yield* sql`SELECT id, name FROM things ORDER BY id`, [{ id: 1, name: "z" }, { id: 2, name: "z" }])
})

/** The kind of the failure, and the name of its code in the registry. */
const failure = (statement: Effect.Effect<unknown, unknown>) =>
  Effect.map(
    Effect.flip(statement),
    (error) => isSqlError(error) ? [error.reason._tag, errorCodeOf(error).name] : ["no SqlError", String(error)]
  )

const codes = Effect.gen(function*() {
  const sql = yield* SqlClient
  yield* sql`CREATE TABLE parents (id int PRIMARY KEY, age int NOT NULL CHECK (age > 0))`
  yield* sql`CREATE TABLE children (parent int REFERENCES parents (id))`
  yield* sql`INSERT INTO parents VALUES (1, 1)`
  const constraint = ["ConstraintError", "common.invalid_argument"]
  equal(yield* failure(sql`INSERT INTO parents VALUES (1, 1)`), ["UniqueViolation", "common.already_exists"])
  equal(yield* failure(sql`INSERT INTO parents VALUES (2, -1)`), constraint)
  equal(yield* failure(sql`INSERT INTO parents VALUES (2, NULL)`), constraint)
  equal(yield* failure(sql`INSERT INTO children VALUES (7)`), constraint)
  equal(yield* failure(sql`SELEC 1`), ["SqlSyntaxError", "database.query_syntax"])
  equal(yield* sql`SELECT id FROM parents`, [{ id: 1 }], "a failed statement harms nobody else")
})

const streams = Effect.gen(function*() {
  const sql = yield* SqlClient
  const numbers = sql<{ n: number }>`SELECT n FROM generate_series(1, 20000) AS n`.stream
  const sum = yield* Stream.runFold(numbers, () => 0, (total, { n }) => total + n)
  equal(sum, 200_010_000)
  const first = yield* Stream.runCollect(Stream.take(numbers, 3))
  equal(first.map(({ n }) => n), [1, 2, 3])
  equal(yield* sql`SELECT 1 AS one`, [{ one: 1 }], "a stream that is left early gives its session back")
})

export const queries = [
  promise("values go to the server and come back as they were", values),
  promise("a parameter is never taken for SQL", injection),
  promise("rows are inserted, changed and deleted", changes),
  promise("a refused statement has the kind and the code of its reason, and the next one works", codes),
  promise("rows come as a stream, all or only the first ones", streams, 1)
]
