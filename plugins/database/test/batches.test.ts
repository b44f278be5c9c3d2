import { assert, it } from "@effect/vitest"
import { Database, errorCodeOf } from "@heptad/database"
import { TestDatabase } from "@heptad/database/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { SqlClient } from "effect/sql/SqlClient"
import * as Tracer from "effect/Tracer"
import { connect } from "./connect.ts"
import { keepingSpans } from "./fixtures/spans.ts"

const on = <A, E, R>(test: Effect.Effect<A, E, R>, performance = {}) =>
  Effect.flatMap(
    TestDatabase.fresh,
    (coordinates) => Effect.provide(test, connect({ ...TestDatabase.settings(coordinates), performance }))
  )

/** The texts of the statements that an effect sends. */
const statementsOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const { spans, tracer } = keepingSpans()
    const result = yield* Effect.provideService(effect, Tracer.Tracer, tracer)
    return { result, texts: spans.flatMap(({ attributes }) => attributes.get("db.query.text") ?? []).map(String) }
  })

const table = Effect.gen(function*() {
  const sql = yield* SqlClient
  yield* sql`CREATE TABLE things (id int GENERATED ALWAYS AS IDENTITY, name text UNIQUE, size int CHECK (size > 0))`
  return sql
})

it.live("single inserts of one moment become statements of at most batch_size rows, and each caller gets its own row", () =>
  on(
    Effect.gen(function*() {
      const sql = yield* table
      const insert = (yield* Database).inserter("things", { returning: ["id", "name"] })
      const names = Array.from({ length: 25 }, (_, index) => `thing ${index}`)
      const { result, texts } = yield* statementsOf(
        Effect.forEach(names, (name) => insert({ name, size: 1 }), { concurrency: "unbounded" })
      )
      assert.deepStrictEqual(result.map(({ name }) => name), names)
      assert.strictEqual(new Set(result.map(({ id }) => id)).size, 25)
      assert.lengthOf(texts, 3)
      assert.deepStrictEqual(yield* sql`SELECT count(*)::int AS n FROM things`, [{ n: 25 }])
      assert.deepStrictEqual(yield* insert({}), { id: 26, name: null })
    }),
    { batch_size: 10 }
  ))

it.live("a row that the server refuses fails alone; rows with other columns and rows of a transaction go by themselves", () =>
  on(Effect.gen(function*() {
    const sql = yield* table
    const insert = (yield* Database).inserter("things")
    const exits = yield* Effect.forEach(
      [{ name: "a", size: 1 }, { name: "b", size: 0 }, { name: "a", size: 2 }, { name: "c" }, { size: 4, name: "d" }],
      (row) => Effect.result(insert(row)),
      { concurrency: "unbounded" }
    )
    const told = exits.map((exit) => exit._tag === "Success" ? exit.success : errorCodeOf(exit.failure).name)
    assert.deepStrictEqual(told, [{}, "common.invalid_argument", "common.already_exists", {}, {}])
    const rolledBack = Effect.andThen(insert({ name: "never" }), sql`SELECT 1 / 0`)
    yield* Effect.flip(sql.withTransaction(rolledBack))
    assert.deepStrictEqual(yield* sql`SELECT name, size FROM things ORDER BY name`, [
      { name: "a", size: 1 },
      { name: "c", size: null },
      { name: "d", size: 4 }
    ])
  })))

it.live("executeBatch keeps all of its statements or none, and answers the rows of each", () =>
  on(Effect.gen(function*() {
    const sql = yield* table
    const { executeBatch } = yield* Database
    const put = (name: string, size: number) =>
      sql<{ readonly name: string }>`INSERT INTO things (name, size) VALUES (${name}, ${size}) RETURNING name`
    assert.deepStrictEqual(yield* executeBatch([put("a", 1), put("b", 1)]), [[{ name: "a" }], [{ name: "b" }]])
    assert.strictEqual(
      errorCodeOf(yield* Effect.flip(executeBatch([put("c", 1), put("d", 0), put("e", 1)]))).name,
      "common.invalid_argument"
    )
    assert.deepStrictEqual(yield* executeBatch([]), [])
    assert.lengthOf(yield* sql`SELECT 1 FROM things`, 2)
  })))

it.live("an inserter whose table leaves rows out says so instead of giving the rows of others", () =>
  on(Effect.gen(function*() {
    const sql = yield* table
    yield* sql`CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN IF NEW.name = ''skip'' THEN RETURN NULL; END IF; RETURN NEW; END'`
    yield* sql`CREATE TRIGGER skipping BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION skip()`
    const insert = (yield* Database).inserter("things", { returning: ["name"] })
    const exits = yield* Effect.forEach(["skip", "keep"], (name) => Effect.exit(insert({ name })), { concurrency: 2 })
    assert.isTrue(exits.every(Exit.hasDies))
  })))
