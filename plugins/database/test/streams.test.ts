import { assert, it } from "@effect/vitest"
import { TestDatabase } from "@heptad/database/testing"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import { SqlClient } from "effect/sql/SqlClient"
import * as Stream from "effect/Stream"
import { connect } from "./connect.ts"

const on = <A, E, R>(test: Effect.Effect<A, E, R>) =>
  Effect.flatMap(
    TestDatabase.fresh,
    (coordinates) =>
      Effect.provide(
        test,
        connect({ ...TestDatabase.settings(coordinates), connection_pool: { min_size: 0, max_size: 2 } })
      )
  )

/** About 100 MB of rows. */
const table = Effect.gen(function*() {
  const sql = yield* SqlClient
  yield* sql`CREATE TABLE large AS SELECT n, repeat(md5(n::text), 32) AS filling FROM generate_series(1, 100000) AS n`
  return { sql, rows: sql<{ readonly n: number }>`SELECT n, filling FROM large`.stream }
})

const active = SqlClient.use((sql) =>
  sql<{ readonly wait_event: string | null }>`SELECT wait_event FROM pg_stat_activity
    WHERE query LIKE 'SELECT n, filling%' AND state = 'active' AND datname = current_database()`
)

it.live("a slow reader holds the server back, and memory stays small", () =>
  on(Effect.gen(function*() {
    const { rows } = yield* table
    const reading = yield* Deferred.make<void>()
    const go = yield* Deferred.make<void>()
    let sum = 0
    const reader = yield* Effect.forkChild(Stream.runForEach(rows, ({ n }) => {
      sum += n
      return n === 1 ? Effect.andThen(Deferred.succeed(reading, undefined), Deferred.await(go)) : Effect.void
    }))
    yield* Deferred.await(reading)
    yield* Effect.repeat(active, {
      until: ([stream]) => stream?.wait_event === "ClientWrite",
      schedule: Schedule.spaced("20 millis"),
      times: 200
    })
    globalThis.gc?.()
    assert.isBelow(process.memoryUsage().arrayBuffers, 30_000_000)
    yield* Deferred.succeed(go, undefined)
    yield* Fiber.join(reader)
    assert.strictEqual(sum, 100_000 * 100_001 / 2)
  })))

it.live("a reader that stops, fails or is interrupted ends the statement on the server and gives the session back", () =>
  on(Effect.gen(function*() {
    const { rows, sql } = yield* table
    const started = yield* Deferred.make<void>()
    assert.lengthOf(yield* Stream.runCollect(Stream.take(rows, 10)), 10)
    assert.strictEqual(yield* Effect.flip(Stream.runForEach(rows, () => Effect.fail("enough"))), "enough")
    const endless = Stream.runForEach(rows, () => Effect.andThen(Deferred.succeed(started, undefined), Effect.never))
    const reader = yield* Effect.forkChild(endless)
    yield* Deferred.await(started)
    yield* Fiber.interrupt(reader)
    assert.deepStrictEqual(yield* active, [])
    assert.lengthOf(yield* Effect.all([sql`SELECT pg_sleep(0.01)`, sql`SELECT pg_sleep(0.01)`], { concurrency: 2 }), 2)
  })))
