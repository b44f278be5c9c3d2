import { assert, it, layer } from "@effect/vitest"
import { Database, Migrations } from "@heptad/database"
import { TestDatabase } from "@heptad/database/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql/SqlClient"
import * as ChildProcess from "node:child_process"

layer(TestDatabase.layer)("a test database", (it) => {
  it.effect("is an empty PostgreSQL 18 of its own", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const { info, ping } = yield* Database
      yield* ping
      const tables = yield* sql`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`
      assert.deepStrictEqual(tables, [])
      assert.strictEqual(info.serverVersion, "18.4")
      assert.match(info.database, /^test_\d+_[0-9a-f]{32}$/)
    }))

  it.effect("takes migrations", () =>
    Effect.gen(function*() {
      const migrations = yield* Migrations
      const sql = yield* SqlClient
      const set = { name: "things", migrations: [{ id: 1, name: "table", sql: "CREATE TABLE things (id int)" }] }
      assert.strictEqual((yield* migrations.up(set)).length, 1)
      yield* sql`INSERT INTO things ${sql.insert([{ id: 1 }, { id: 2 }])}`
      assert.deepStrictEqual(yield* sql`SELECT id FROM things`, [{ id: 1 }, { id: 2 }])
    }))
})

const set = (text: string) => ({ name: "things", migrations: [{ id: 1, name: "table", sql: text }] })

const things = set("CREATE TABLE things (id int); INSERT INTO things VALUES (1)")

const names = (pattern: string) =>
  Effect.flatMap(
    SqlClient,
    (sql) => sql<{ datname: string }>`SELECT datname FROM pg_database WHERE datname LIKE ${pattern}`
  )

it.live("a migrated one is a copy, of which nobody sees what others do", () =>
  Effect.gen(function*() {
    const inside = Effect.gen(function*() {
      const sql = yield* SqlClient
      const { up } = yield* Migrations
      assert.deepStrictEqual(yield* up(things), [])
      yield* sql`INSERT INTO things VALUES (2)`
      return (yield* sql`SELECT count(*)::int AS many FROM things`)[0]?.["many"]
    })
    const own = Effect.suspend(() => Effect.provide(inside, Layer.fresh(TestDatabase.layerMigrated(things))))
    const many = yield* Effect.all(Array.from({ length: 6 }, () => own), { concurrency: "unbounded" })
    assert.deepStrictEqual(many, [2, 2, 2, 2, 2, 2])
  }))

it.live("another text of a migration is another template", () =>
  Effect.gen(function*() {
    const columns = (text: string) =>
      Effect.flatMap(SqlClient, (sql) =>
        sql`SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'things'`)
        .pipe(Effect.provide(TestDatabase.layerMigrated(set(text))))
    assert.deepStrictEqual(yield* columns("CREATE TABLE things (a int)"), [{ name: "a" }])
    assert.deepStrictEqual(yield* columns("CREATE TABLE things (b int)"), [{ name: "b" }])
    assert.deepStrictEqual(yield* columns("CREATE TABLE things (a int)"), [{ name: "a" }])
  }))

it.live("a migration that fails fails the test with its reason, and leaves no template", () =>
  Effect.gen(function*() {
    const broken = TestDatabase.layerMigrated(set("SELECT 1 / 0 AS broken"))
    const exit = yield* Effect.exit(Effect.scoped(Layer.build(broken)))
    assert.include(String(exit), "division by zero")
    yield* Effect.scoped(Layer.build(TestDatabase.layerMigrated(things)))
  }))

it.live("the database of a process that was killed is dropped by the next one who asks", () =>
  Effect.gen(function*() {
    const sql = yield* SqlClient
    const child = ChildProcess.spawnSync("true")
    const left = `test_${child.pid}_left`
    yield* sql.unsafe(`CREATE DATABASE ${left}`)
    assert.strictEqual((yield* names(left)).length, 1)
    yield* Effect.scoped(TestDatabase.fresh)
    assert.deepStrictEqual(yield* names(left), [])
  }).pipe(Effect.provide(TestDatabase.layer)))
