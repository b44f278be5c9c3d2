/** What changes with the settings while the app runs. The title of a test starts with the key that it proves. */
import { assert, it } from "@effect/vitest"
import { HealthRegistry } from "@heptad/common"
import { changingSettings } from "@heptad/common/testing"
import { Database, errorCodeOf } from "@heptad/database"
import { DatabasePlugin } from "@heptad/database/plugin"
import { TestDatabase } from "@heptad/database/testing"
import { Kernel, type LiveSettings } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schedule from "effect/Schedule"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { Common } from "./memory.ts"
import { folder } from "./process.ts"

interface Section {
  readonly connection_pool?: Readonly<Record<string, unknown>>
  readonly execution?: Readonly<Record<string, unknown>>
  readonly ha?: Readonly<Record<string, unknown>>
  readonly performance?: Readonly<Record<string, unknown>>
  readonly slow_queries?: Readonly<Record<string, unknown>>
  readonly repeated_queries?: Readonly<Record<string, unknown>>
}

interface Running {
  readonly change: (next: Section) => Effect.Effect<unknown, unknown, LiveSettings>
  /** The way to the server, which a test can take away and give back. */
  readonly way: { readonly close: () => void; readonly open: () => void }
}

/** One session at most, opened when it is needed. */
const running = <A, E, R>(first: Section, test: (running: Running) => Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const coordinates = yield* TestDatabase.fresh
    const host = Path.join(yield* folder(0o700), "way")
    const way = { close: () => Fs.unlinkSync(host), open: () => Fs.symlinkSync(coordinates.host, host) }
    way.open()
    const sections = ({ connection_pool, ...rest }: Section) => ({
      database: {
        ...TestDatabase.settings({ ...coordinates, host }),
        connection_pool: { min_size: 0, max_size: 1, ...connection_pool },
        ...rest
      }
    })
    const settings = changingSettings(sections(first))
    return yield* Effect.provide(
      test({ change: (next) => settings.change(sections(next)), way }),
      Kernel.layer([Common, DatabasePlugin]).pipe(Layer.provide(settings.layer))
    )
  })

const codeOf = <R>(effect: Effect.Effect<unknown, SqlError, R>) =>
  Effect.map(Effect.flip(effect), (error) => errorCodeOf(error).name)

const ask = SqlClient.use((sql) => sql`SELECT 1`)

it.live("database.connection_pool.max_waiting: the next one finds room in the queue", () =>
  running({ connection_pool: { max_waiting: 0 } }, ({ change }) =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const waiting = yield* sql.withTransaction(
        Effect.gen(function*() {
          assert.strictEqual(yield* codeOf(Effect.scoped(sql.reserve)), "database.pool_exhausted")
          yield* change({ connection_pool: { max_waiting: 1 } })
          return yield* Effect.forkScoped(Effect.scoped(sql.reserve), { startImmediately: true })
        })
      )
      yield* Fiber.join(waiting)
    }).pipe(Effect.scoped)))

it.live("database.execution.max_retry_attempts: the next statement is tried as often as it says", () => {
  const execution = { max_retry_attempts: 0, initial_backoff: "20ms", retry_backoff: "linear" }
  return running({ execution }, ({ change, way }) =>
    Effect.gen(function*() {
      way.close()
      assert.strictEqual(yield* codeOf(ask), "database.connection_failed")
      yield* change({ execution: { ...execution, max_retry_attempts: 20 } })
      const statement = yield* Effect.forkChild(ask, { startImmediately: true })
      yield* Effect.sleep("60 millis")
      way.open()
      assert.lengthOf(yield* Fiber.join(statement), 1)
    }))
})

/** With the first settings the pauses would last longer than the test may. */
for (
  const [key, first, next] of [
    ["database.execution.initial_backoff", { initial_backoff: "1h", max_backoff: "1h" }, {
      initial_backoff: "10ms",
      max_backoff: "1h"
    }],
    ["database.execution.max_backoff", { initial_backoff: "1h", max_backoff: "1h" }, {
      initial_backoff: "1h",
      max_backoff: "10ms"
    }],
    [
      "database.execution.retry_backoff",
      { initial_backoff: "2ms", max_backoff: "1h", max_retry_attempts: 16, retry_backoff: "exponential" },
      { initial_backoff: "2ms", max_backoff: "1h", max_retry_attempts: 16, retry_backoff: "linear" }
    ]
  ] as const
) {
  it.live(`${key}: the next statement pauses in the new way`, () =>
    running({ execution: first }, ({ change, way }) =>
      Effect.gen(function*() {
        yield* change({ execution: next })
        way.close()
        assert.strictEqual(yield* codeOf(ask), "database.connection_failed")
      })))
}

it.live("database.ha.failover.health_check_interval: the server is asked in the new rhythm at once", () =>
  running({ ha: { failover: { health_check_interval: "1h" } } }, ({ change }) =>
    Effect.gen(function*() {
      const { results } = yield* HealthRegistry
      const checkedAt = Effect.map(results, (all) => all.find(({ status }) => status === "pass")?.checkedAtMillis)
      const first = yield* Effect.repeat(checkedAt, { until: (at) => at !== undefined })
      yield* change({ ha: { failover: { health_check_interval: "10ms" } } })
      const second = yield* Effect.repeat(checkedAt, { until: (at) => at !== first })
      yield* Effect.repeat(checkedAt, { until: (at) => at !== second })
    })))

it.live("database.connection_pool.leak_warning: who holds a session for longer is told from now on", () =>
  running({ connection_pool: { leak_warning: "0s" } }, ({ change }) =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const { pools } = yield* Database
      yield* sql.reserve
      yield* change({ connection_pool: { leak_warning: "10ms" } })
      yield* Effect.repeat(pools, { until: ([pool]) => pool?.leaks === 1 })
    }).pipe(Effect.scoped)))
/** With the first settings there is nothing to spend. */
for (
  const [key, next] of [
    ["database.execution.retry_budget.ratio", { ratio: "100%", min_per_second: 0 }],
    ["database.execution.retry_budget.min_per_second", { ratio: "0%", min_per_second: 10_000 }]
  ] as const
) {
  it.live(`${key}: the next retry is allowed`, () => {
    const execution = { initial_backoff: "10ms", max_retry_attempts: 1 }
    const first = { execution: { ...execution, retry_budget: { ratio: "0%", min_per_second: 0 } } }
    return running(first, ({ change }) =>
      Effect.gen(function*() {
        const sql = yield* SqlClient
        yield* sql`CREATE SEQUENCE attempts`
        const failing = Database.idempotent(sql`SELECT nextval('attempts'), pg_terminate_backend(pg_backend_pid())`)
        const attempts = sql`SELECT last_value::int AS made FROM attempts`
        assert.strictEqual(yield* codeOf(failing), "database.connection_lost")
        assert.deepStrictEqual(yield* attempts, [{ made: 1 }])
        yield* change({ execution: { ...execution, retry_budget: next } })
        assert.strictEqual(yield* codeOf(failing), "database.connection_lost")
        assert.deepStrictEqual(yield* attempts, [{ made: 3 }])
      }))
  })
}

it.live("database.performance.batch_size: the next inserts are as many in a statement as it says", () =>
  running({ performance: { batch_size: 2 } }, ({ change }) =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      yield* sql`CREATE TABLE things (n int, at xid8 DEFAULT pg_current_xact_id())`
      const insert = yield* Database.use(({ inserter }) => Effect.succeed(inserter("things")))
      const four = Effect.forEach([1, 2, 3, 4], (n) => insert({ n }), { concurrency: "unbounded" })
      const statements = sql`SELECT count(DISTINCT at)::int AS made FROM things`
      yield* four
      assert.deepStrictEqual(yield* statements, [{ made: 2 }])
      yield* change({ performance: { batch_size: 4 } })
      yield* four
      assert.deepStrictEqual(yield* statements, [{ made: 3 }])
    })))

/** What statements are told about, from now on. */
for (
  const [key, first, next, sign] of [
    [
      "database.slow_queries.threshold",
      { slow_queries: { threshold: "0s" } },
      { slow_queries: { threshold: "1ms" } },
      "slow statement"
    ],
    [
      "database.slow_queries.explain",
      { slow_queries: { threshold: "1ms" } },
      { slow_queries: { threshold: "1ms", explain: true } },
      "ProjectSet|Result"
    ],
    ["database.repeated_queries.threshold", { repeated_queries: { threshold: 0 } }, {
      repeated_queries: { threshold: 1 }
    }, "same statement"]
  ] as const
) {
  it.live(`${key}: the next statement is told about`, () => {
    const warnings: Array<string> = []
    const logger = Logger.make(({ message }) => void warnings.push([message].flat().join(" ")))
    return running(first, ({ change }) =>
      Effect.gen(function*() {
        const sql = yield* SqlClient
        const found = Effect.sync(() => warnings.filter((text) => new RegExp(sign).test(text)))
        const twice = (name: string) =>
          Effect.withSpan(Effect.replicateEffect(sql.unsafe(`SELECT pg_sleep(0.005) AS ${name}`), 2), "request")
        yield* twice("a")
        assert.lengthOf(yield* found, 0)
        yield* change(next)
        yield* twice("b")
        yield* Effect.repeat(found, { until: (texts) => texts.length === 1, schedule: Schedule.spaced("10 millis") })
      })).pipe(Effect.provide(Logger.layer([logger])))
  })
}
