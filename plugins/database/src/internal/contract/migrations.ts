/** Migrations: each once, in order, whole, and never a text that was changed afterwards. */
import * as Effect from "effect/Effect"
import { SqlClient } from "effect/sql/SqlClient"
import { Migrations } from "../../Migrations.ts"
import { equal, promise } from "./promise.ts"

const first = { id: 1, name: "table", sql: "CREATE TABLE things (id int)" }
const second = { id: 2, name: "rows", sql: "INSERT INTO things VALUES (1); INSERT INTO things VALUES (2)" }

const once = Effect.gen(function*() {
  const { status, up } = yield* Migrations
  const sql = yield* SqlClient
  const set = { name: "things", migrations: [second, first] }
  equal((yield* up({ ...set, migrations: [first] })).map(({ id }) => id), [1])
  const both = yield* Effect.all([up(set), up(set)], { concurrency: "unbounded" })
  equal(both.flat().map(({ id }) => id), [2])
  equal(yield* sql`SELECT id FROM things ORDER BY id`, [{ id: 1 }, { id: 2 }])
  equal((yield* status(set)).map(({ id, state }) => [id, state]), [[1, "applied"], [2, "applied"]])
})

const refused = Effect.gen(function*() {
  const { status, up } = yield* Migrations
  const sql = yield* SqlClient
  yield* up({ name: "things", migrations: [first] })
  const drifted = { name: "things", migrations: [{ ...first, sql: "CREATE TABLE others (id int)" }] }
  equal((yield* Effect.flip(up(drifted)))._tag, "MigrationFailed")
  equal((yield* status(drifted)).map(({ state }) => state), ["drifted"])
  const half = { id: 2, name: "half", sql: "INSERT INTO things VALUES (1); SELECT 1 / 0" }
  equal((yield* Effect.flip(up({ name: "things", migrations: [first, half] })))._tag, "MigrationFailed")
  equal(yield* sql`SELECT id FROM things`, [], "nothing is kept of a migration that failed")
})

export const migrations = [
  promise("migrations run once and in order, however many start at once", once),
  promise("a migration whose text was changed is refused, and of one that fails nothing is kept", refused)
]
