import { assert, it } from "@effect/vitest"
import { TestDatabase } from "@heptad/database/testing"
import * as Effect from "effect/Effect"
import { SqlClient } from "effect/sql/SqlClient"
import { connect } from "./connect.ts"

it.live("when the only server refuses writes, its sessions make way for new ones: its name may lead elsewhere by now", () =>
  Effect.gen(function*() {
    const coordinates = yield* TestDatabase.fresh
    const test = Effect.gen(function*() {
      const sql = yield* SqlClient
      const session = Effect.map(sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`, ([row]) => row?.pid)
      yield* sql`CREATE TABLE kept (id int)`
      const before = yield* session
      assert.strictEqual(yield* session, before)
      yield* sql`SET default_transaction_read_only = on`
      const refused = yield* Effect.flip(sql`INSERT INTO kept VALUES (1)`)
      assert.match(String(refused.reason.cause), /read-only transaction/)
      assert.notStrictEqual(yield* session, before)
      yield* sql`INSERT INTO kept VALUES (1)`
    })
    const one = { connection_pool: { min_size: 0, max_size: 1 } }
    yield* Effect.provide(test, connect({ ...TestDatabase.settings(coordinates), ...one }))
  }))
