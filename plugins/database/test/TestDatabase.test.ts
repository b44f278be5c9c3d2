import { assert, layer } from "@effect/vitest"
import { Database, Migrations } from "@heptad/database"
import { TestDatabase } from "@heptad/database/testing"
import * as Effect from "effect/Effect"
import { SqlClient } from "effect/sql/SqlClient"

layer(TestDatabase.layer)("a test database", (it) => {
  it.effect("is an empty PostgreSQL 18 of its own", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const { info, ping } = yield* Database
      yield* ping
      const tables = yield* sql`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`
      assert.deepStrictEqual(tables, [])
      assert.strictEqual(info.serverVersion, "18.4")
      assert.match(info.database, /^test_[0-9a-f]{32}$/)
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
