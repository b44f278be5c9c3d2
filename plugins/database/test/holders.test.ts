/** Who holds the sessions: in the error of those who wait in vain, in a warning, for the app, for operators. */
import { assert, it } from "@effect/vitest"
import { Database, errorCodeOf } from "@heptad/database"
import { Operations } from "@heptad/kernel"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import { SqlClient } from "effect/sql/SqlClient"
import * as Metrics from "../src/metrics.ts"
import { on } from "./connect.ts"

/** Work of the plugin `orders` in the span `Orders.place`: a transaction that waits for something else. */
const held = Effect.fnUntraced(function*() {
  const sql = yield* SqlClient
  const [began, end] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
  const work = sql.withTransaction(
    Effect.andThen(sql`SELECT 1`, Effect.andThen(Deferred.succeed(began, undefined), Deferred.await(end)))
  )
  const fiber = yield* Effect.forkChild(
    work.pipe(Effect.withSpan("Orders.place"), Effect.annotateLogs("plugin", "orders"))
  )
  yield* Deferred.await(began)
  return { fiber, end: Effect.andThen(Deferred.succeed(end, undefined), Fiber.join(fiber)) }
})

/** What differs from run to run, replaced by what it is. */
const settled = (text: string) =>
  text.replace(/fiber \d+/g, "fiber N").replace(/trace [0-9a-f]{32}/g, "trace T").replace(
    /for [\d.]+(ms|s)/g,
    "for TIME"
  )

const one = { min_size: 0, max_size: 1, acquire_timeout: "100ms" }

it.live("an acquire timeout names those who hold the sessions, and the setting to change", () =>
  on(
    { connection_pool: one },
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const { end } = yield* held()
      const error = yield* Effect.flip(sql`SELECT 1`)
      assert.strictEqual(
        settled(error.message),
        `No database session became free within 100ms: all 1 are in use. Held longest by "Orders.place" of orders ` +
          `(fiber N, trace T) for TIME. Keep transactions short, or raise database.connection_pool.max_size ` +
          `(or acquire_timeout).`
      )
      assert.strictEqual(errorCodeOf(error).name, "database.pool_timeout")
      yield* end
    })
  ))

it.live("names no more than five, those first who hold longest", () =>
  on(
    { connection_pool: { ...one, max_size: 7 } },
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const reserved = (name: string) => Effect.withSpan(sql.reserve, name)
      const error = yield* Effect.scoped(Effect.andThen(
        Effect.forEach(["a", "b", "c", "d", "e", "f", "g"], reserved),
        Effect.flip(sql`SELECT 1`)
      ))
      assert.deepStrictEqual(error.message.match(/"\w"/g), [`"a"`, `"b"`, `"c"`, `"d"`, `"e"`])
    })
  ))

it.live("whoever holds a session for longer than leak_warning is told once, and counted", () =>
  Effect.gen(function*() {
    const lines: Array<string> = []
    const warned = yield* Deferred.make<void>()
    const logger = Logger.make(({ message }) => {
      lines.push(String(message))
      Deferred.doneUnsafe(warned, Effect.void)
    })
    const before = (yield* Metric.value(Metrics.poolLeaks)).count
    yield* on(
      { connection_pool: { ...one, leak_warning: "20ms" } },
      Effect.gen(function*() {
        const { end } = yield* held()
        yield* Deferred.await(warned)
        const { pools } = yield* Database
        const at = (yield* pools)[0]?.holders[0]?.heldMillis ?? 0
        yield* Effect.repeat(pools, { until: ([pool]) => (pool?.holders[0]?.heldMillis ?? 0) > at + 60 })
        assert.strictEqual((yield* pools)[0]?.leaks, 1)
        yield* end
      })
    ).pipe(Effect.provide(Logger.layer([logger])))
    assert.deepStrictEqual(lines.map(settled), [
      `A database session is held for longer than 20ms: "Orders.place" of orders (fiber N, trace T) for TIME. ` +
      `Look there for a scope that stays open, or raise database.connection_pool.leak_warning.`
    ])
    assert.strictEqual((yield* Metric.value(Metrics.poolLeaks)).count - before, 1)
  }))

it.live("the service and the operation database-pool tell numbers and holders", () =>
  on(
    { connection_pool: { min_size: 0, max_size: 2, acquire_timeout: "5s" } },
    Effect.gen(function*() {
      const { info, pools } = yield* Database
      const operation = (yield* (yield* Operations).all).get("database-pool")
      const [first, second] = [yield* held(), yield* held()]
      const sql = yield* SqlClient
      const waiting = yield* Effect.forkChild(sql`SELECT 1`)
      const [state] = yield* Effect.repeat(pools, { until: ([pool]) => pool?.waiting.normal === 1 })
      const { holders, ...numbers } = state ?? assert.fail("no pool")
      assert.deepStrictEqual(numbers, {
        server: `${info.host}:${info.port}`,
        size: 2,
        open: 2,
        active: 2,
        idle: 0,
        waiting: { high: 0, normal: 1, low: 0 },
        leaks: 0
      })
      assert.deepStrictEqual(holders.map(({ fiber, plugin, span }) => ({ fiber, plugin, span })), [
        { fiber: first.fiber.id, plugin: "orders", span: "Orders.place" },
        { fiber: second.fiber.id, plugin: "orders", span: "Orders.place" }
      ])
      const answer = JSON.stringify(yield* operation?.run({}, { dryRun: false }) ?? Effect.die("no operation"))
      assert.include(answer, `"${info.host}:${info.port}":{"size":2,"open":2,"active":2,"idle":0,"waiting":{`)
      assert.include(answer, `{"span":"Orders.place","plugin":"orders","fiber":${first.fiber.id},"trace_id":"`)
      yield* Effect.all([first.end, second.end, Fiber.join(waiting)])
      assert.deepStrictEqual((yield* pools)[0]?.holders, [])
    })
  ))
