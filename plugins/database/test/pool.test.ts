import { assert, it } from "@effect/vitest"
import { ErrorRegistry, HealthRegistry } from "@heptad/common"
import { Database, errorCodeOf } from "@heptad/database"
import { TestDatabase } from "@heptad/database/testing"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import { SqlClient } from "effect/sql/SqlClient"
import * as Stream from "effect/Stream"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { pauseOf } from "../src/internal/queries/retries.ts"
import { configOf } from "../src/internal/testServer.ts"
import * as Metrics from "../src/metrics.ts"
import { codeOf, connect, on } from "./connect.ts"
import { folder } from "./process.ts"

const one = { connection_pool: { min_size: 0, max_size: 1, acquire_timeout: "100ms" } }

it.live("refuses a statement when all sessions stay in use, and works again afterwards", () =>
  on(
    one,
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const error = yield* sql.withTransaction(Effect.andThen(sql`SELECT 1`, Effect.flip(Effect.scoped(sql.reserve))))
      assert.match(error.message, /^No database session became free within 100ms: all 1 are in use\. Held longest by /)
      assert.strictEqual(errorCodeOf(error).name, "database.pool_timeout")
      assert.deepStrictEqual(yield* sql`SELECT 1 AS one`, [{ one: 1 }])
    })
  ))

it.live("refuses a statement at once when too many wait", () =>
  on(
    { connection_pool: { ...one.connection_pool, max_waiting: 0 } },
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const code = yield* sql.withTransaction(codeOf(Effect.scoped(sql.reserve)))
      assert.strictEqual(code, "database.pool_exhausted")
    })
  ))

it.live(
  "lends sessions in the order of asking and loses none under interruption",
  () =>
    on(
      { connection_pool: { min_size: 0, max_size: 2, connection_timeout: "5s" } },
      Effect.gen(function*() {
        const sql = yield* SqlClient
        for (let round = 0; round < 20; round++) {
          const fibers = yield* Effect.forEach(
            Array.from({ length: 20 }),
            () => Effect.forkChild(sql`SELECT pg_sleep(0.001)`)
          )
          yield* Effect.forEach(fibers.filter((_, index) => index % 3 !== 0), Fiber.interrupt, {
            concurrency: "unbounded"
          })
          yield* Effect.forEach(fibers.filter((_, index) => index % 3 === 0), Fiber.await)
        }
        const both = Effect.all([sql.reserve, sql.reserve], { concurrency: 2 })
        assert.strictEqual((yield* Effect.scoped(both)).length, 2)
        assert.strictEqual((yield* Metric.value(Metrics.poolActive)).value, 0)
        assert.strictEqual((yield* Metric.value(Metrics.poolWaiting)).value, 0)
      })
    ),
  30_000
)

it.live("cancels a statement on the server when its fiber is interrupted", () =>
  on(
    {},
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const running = sql`SELECT 1 FROM pg_stat_activity
      WHERE query = 'SELECT pg_sleep(77)' AND state = 'active' AND datname = current_database()`
      const fiber = yield* Effect.forkChild(sql`SELECT pg_sleep(77)`)
      yield* Effect.repeat(running, { until: (rows) => rows.length === 1 })
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* running, [])
    })
  ))

it.live("lets the server end what runs longer than query_timeout", () =>
  on(
    { execution: { query_timeout: "50ms" } },
    Effect.gen(function*() {
      const sql = yield* SqlClient
      assert.strictEqual(yield* codeOf(sql`SELECT pg_sleep(5)`), "database.query_timeout")
      assert.deepStrictEqual(yield* sql`SELECT 1 AS one`, [{ one: 1 }])
    })
  ))

it.live("lets the server end what is open longer than transaction_timeout", () =>
  on(
    { execution: { transaction_timeout: "100ms" } },
    Effect.gen(function*() {
      const sql = yield* SqlClient
      yield* sql`CREATE TABLE kept (id int)`
      const slow = sql.withTransaction(Effect.andThen(sql`INSERT INTO kept VALUES (1)`, sql`SELECT pg_sleep(5)`))
      assert.strictEqual(yield* codeOf(slow), "database.transaction_timeout")
      assert.deepStrictEqual(yield* sql`SELECT * FROM kept`, [])
    })
  ))

it.live("opens new sessions after the server ended all of them", () =>
  on(
    { connection_pool: { min_size: 3 } },
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const ask = sql`SELECT pg_backend_pid() AS pid`
      const before = yield* Effect.all(Array.from({ length: 3 }, () => ask), { concurrency: 3 })
      yield* sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`
      const after = yield* Effect.all(Array.from({ length: 6 }, () => Effect.retry(ask, { times: 3 })), {
        concurrency: 6
      })
      assert.strictEqual(before.length + after.length, 9)
    })
  ))

it.live("never takes the commit of a failed transaction for a commit", () =>
  on(
    {},
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const swallowed = sql.withTransaction(Effect.ignore(sql`SELECT nonsense`))
      assert.strictEqual(yield* codeOf(swallowed), "database.transaction_rolled_back")
    })
  ))

it.live("gives each failure its code", () =>
  on(
    {},
    Effect.gen(function*() {
      const sql = yield* SqlClient
      yield* sql`CREATE TABLE parents (id int PRIMARY KEY, size int CHECK (size > 0))`
      yield* sql`CREATE TABLE children (parent int NOT NULL REFERENCES parents)`
      yield* sql`INSERT INTO parents VALUES (1, 1)`
      assert.strictEqual(yield* codeOf(sql`INSERT INTO parents VALUES (1, 1)`), "common.already_exists")
      assert.strictEqual(yield* codeOf(sql`INSERT INTO parents VALUES (2, 0)`), "common.invalid_argument")
      assert.strictEqual(yield* codeOf(sql`INSERT INTO children VALUES (9)`), "common.invalid_argument")
      assert.strictEqual(yield* codeOf(sql`INSERT INTO children VALUES (null)`), "common.invalid_argument")
      assert.strictEqual(yield* codeOf(sql`SELEC 1`), "database.query_syntax")
      assert.strictEqual(yield* codeOf(sql`SELECT 1 FROM nowhere`), "database.query_syntax")
      assert.strictEqual(yield* codeOf(sql`SELECT 1 / 0`), "database.query_failed")
      assert.strictEqual(yield* codeOf(sql`SELECT pg_terminate_backend(pg_backend_pid())`), "database.connection_lost")
      const impatient = sql.withTransaction(Effect.andThen(
        sql`SET LOCAL lock_timeout = '20ms'`,
        sql`LOCK TABLE parents`
      ))
      const held = Effect.gen(function*() {
        const holder = yield* sql.reserve
        yield* holder.executeUnprepared("BEGIN", [], undefined)
        yield* holder.executeUnprepared("LOCK TABLE parents", [], undefined)
        const code = yield* codeOf(impatient)
        yield* holder.executeUnprepared("ROLLBACK", [], undefined)
        return code
      })
      assert.strictEqual(yield* Effect.scoped(held), "database.query_timeout")
    })
  ))

it.live("fails a transaction, and does not die, when its session breaks", () =>
  on(
    {},
    Effect.gen(function*() {
      const sql = yield* SqlClient
      yield* sql`CREATE TABLE kept (id int)`
      const broken = sql.withTransaction(Effect.andThen(
        sql`INSERT INTO kept VALUES (1)`,
        sql.withTransaction(sql`SELECT pg_terminate_backend(pg_backend_pid())`)
      ))
      assert.strictEqual(yield* codeOf(broken), "database.connection_lost")
      assert.deepStrictEqual(yield* sql`SELECT * FROM kept`, [])
    })
  ))

it.live("measures statements, sessions and failures, and records what is no fault of the caller", () =>
  on(
    { connection_pool: { max_size: 4 } },
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const registry = yield* ErrorRegistry
      const before = (yield* Metric.value(Metrics.queryDuration)).count
      yield* sql`SELECT pg_sleep(0.02)`
      yield* sql`CREATE TABLE once (id int PRIMARY KEY)`
      yield* sql`INSERT INTO once VALUES (1)`
      yield* Effect.ignore(sql`INSERT INTO once VALUES (1)`)
      yield* Effect.ignore(sql`SELECT 1 / 0`)
      const after = yield* Metric.value(Metrics.queryDuration)
      assert.strictEqual(after.count - before, 5)
      assert.isAtLeast(after.max, 0.02)
      assert.strictEqual((yield* Metric.value(Metrics.poolSize)).value, 4)
      const failures = (yield* Metric.snapshot).filter(({ id }) => id === "database_errors_total")
      assert.includeMembers(failures.map(({ attributes }) => attributes?.["type"]), ["already_exists", "query_failed"])
      assert.deepStrictEqual((yield* registry.counts).map(({ code }) => code.name), ["database.query_failed"])
    })
  ))

it.live("keeps statements prepared unless told not to", () =>
  Effect.gen(function*() {
    const prepared = Effect.gen(function*() {
      const sql = yield* SqlClient
      const ask = sql`SELECT count(*)::int AS kept FROM pg_prepared_statements`
      yield* ask
      return (yield* ask)[0]
    })
    const pool = { min_size: 0, max_size: 1 }
    assert.deepStrictEqual(yield* on({ connection_pool: pool }, prepared), { kept: 1 })
    assert.deepStrictEqual(
      yield* on({ connection_pool: pool, performance: { prepared_statements: false } }, prepared),
      { kept: 0 }
    )
    assert.deepStrictEqual(
      yield* on({ connection_pool: pool, performance: { statement_cache_size: 0 } }, prepared),
      { kept: 0 }
    )
  }))

it.live("replaces a session that is older than max_lifetime and closes idle ones above min_size", () =>
  on(
    { connection_pool: { min_size: 0, max_size: 1, max_lifetime: "0s" } },
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const ask = sql`SELECT pg_backend_pid() AS pid`
      assert.notDeepEqual(yield* ask, yield* ask)
    })
  ))

it.live("closes sessions above min_size that stay idle", () =>
  on(
    { connection_pool: { min_size: 0, max_size: 5, idle_timeout: "100ms" } },
    Effect.gen(function*() {
      const sql = yield* SqlClient
      yield* Effect.all(Array.from({ length: 5 }, () => sql`SELECT pg_sleep(0.02)`), { concurrency: 5 })
      const open =
        sql`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'heptad'`
      yield* Effect.repeat(open, { until: (rows) => rows.length === 1, schedule: Schedule.spaced("50 millis") })
    })
  ))

/** A statement while the way to the server is gone for a moment. */
const interrupted = (attempts: number) =>
  Effect.gen(function*() {
    const coordinates = yield* TestDatabase.fresh
    const host = Path.join(yield* folder(0o700), "way")
    Fs.symlinkSync(coordinates.host, host)
    const pool = { min_size: 0 }
    const execution = { max_retry_attempts: attempts, initial_backoff: "20ms", retry_backoff: "linear" }
    const section = { ...TestDatabase.settings({ ...coordinates, host }), connection_pool: pool, execution }
    return yield* Effect.provide(
      Effect.gen(function*() {
        const sql = yield* SqlClient
        Fs.unlinkSync(host)
        const statement = yield* Effect.forkChild(Effect.result(sql`SELECT 1 AS one`))
        yield* Effect.sleep("60 millis")
        Fs.symlinkSync(coordinates.host, host)
        return yield* Fiber.join(statement)
      }),
      connect(section)
    )
  })

it.live("tries again to open a session as often as it is told", () =>
  Effect.gen(function*() {
    assert.deepStrictEqual(yield* interrupted(10), Result.succeed([{ one: 1 }]))
    const refused = yield* interrupted(0)
    assert.strictEqual(Result.isFailure(refused) && errorCodeOf(refused.failure).name, "database.connection_failed")
  }))

it("pauses longer between attempts, up to a limit", () => {
  const pauses = (retry_backoff: string) => {
    const config = configOf({ execution: { retry_backoff, initial_backoff: "100ms", max_backoff: "350ms" } })
    return [0, 1, 2, 3].map((attempt) => Duration.toMillis(pauseOf(config, attempt)))
  }
  assert.deepStrictEqual(pauses("exponential"), [100, 200, 350, 350])
  assert.deepStrictEqual(pauses("linear"), [100, 200, 300, 350])
})

it.live("is ready while the server answers", () =>
  on(
    { ha: { failover: { health_check_interval: "20ms" } } },
    Effect.gen(function*() {
      const health = yield* HealthRegistry
      const { ping } = yield* Database
      yield* ping
      const result = health.results.pipe(
        Effect.map((results) => results.find(({ name }) => name === "database_connection")),
        Effect.repeat({ until: (each) => each?.status === "pass" })
      )
      const { criticality, kind } = (yield* result) ?? {}
      assert.deepStrictEqual([kind, criticality], ["readiness", "critical"])
    })
  ))

it.live("streams rows and gives the session back", () =>
  on(
    { connection_pool: { max_size: 1, min_size: 0 } },
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const rows = sql<{ readonly n: number }>`SELECT generate_series(1, 1000) AS n`.stream
      assert.strictEqual(yield* Stream.runFold(rows, () => 0, (sum, { n }) => sum + n), 500_500)
      assert.strictEqual((yield* Stream.runCollect(Stream.take(rows, 3))).length, 3)
      assert.strictEqual((yield* sql`SELECT 1`).length, 1)
    })
  ))
