/** How sessions live: who gets one first, when they are looked at, replaced, kept and closed, and how statements share them. */
import { assert, it } from "@effect/vitest"
import { Database, Priority } from "@heptad/database"
import { TestDatabase } from "@heptad/database/testing"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { SqlClient } from "effect/sql/SqlClient"
import { retiresAt } from "../src/internal/pool/session.ts"
import { codeOf, connect, on } from "./connect.ts"
import { proxyTo } from "./proxy.ts"

const one = { min_size: 0, max_size: 1 }

const pidOf = SqlClient.use((sql) => sql<{ readonly pid: number }>`SELECT pg_backend_pid() AS pid`).pipe(
  Effect.map(([row]) => row?.pid)
)

/** The state of the pool, asked until it is so. */
const until = (is: (pool: { readonly active: number; readonly idle: number; readonly waiting: number }) => boolean) =>
  Effect.flatMap(Database, ({ pools }) =>
    Effect.repeat(pools, {
      until: ([pool]) =>
        pool !== undefined &&
        is({ ...pool, waiting: pool.waiting.high + pool.waiting.normal + pool.waiting.low })
    }))

it.live("those who wait get their turn by priority, and within one in the order of asking", () =>
  on(
    { connection_pool: { ...one, acquire_timeout: "1m" } },
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const order: Array<string> = []
      const waits = (name: string, priority: "high" | "normal" | "low", nth: number) =>
        Effect.forkChild(
          Effect.andThen(sql`SELECT 1`, Effect.sync(() => order.push(name))).pipe(
            Effect.provideService(Priority, priority)
          )
        ).pipe(Effect.tap(until(({ waiting }) => waiting === nth)))
      const fibers = yield* Effect.scoped(Effect.andThen(
        sql.reserve,
        Effect.all([
          waits("low", "low", 1),
          waits("first", "normal", 2),
          waits("second", "normal", 3),
          waits("high", "high", 4)
        ])
      ))
      yield* Effect.forEach(fibers, Fiber.join)
      assert.deepStrictEqual(order, ["high", "first", "second", "low"])
    })
  ))

it.live("a session that was idle for long and is silently dead is found out, and replaced before its use", () =>
  Effect.gen(function*() {
    const coordinates = yield* TestDatabase.fresh
    const proxy = yield* proxyTo(coordinates)
    const section = TestDatabase.settings({ ...coordinates, host: proxy.host })
    yield* Effect.gen(function*() {
      const first = yield* pidOf
      assert.strictEqual(yield* pidOf, first)
      const opened = proxy.opened()
      proxy.forget()
      yield* Effect.sleep("60 millis")
      assert.notStrictEqual(yield* pidOf, first)
      assert.isAbove(proxy.opened(), opened)
    }).pipe(Effect.provide(connect({ ...section, connection_pool: { ...one, validate_after: "50ms" } })))
  }))

it.live("a session whose statement was interrupted is used again", () =>
  on(
    { connection_pool: one },
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const pid = yield* pidOf
      const fiber = yield* Effect.forkChild(sql`SELECT pg_sleep(77)`)
      yield* until(({ active }) => active === 1)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* pidOf, pid)
    })
  ))

it.live("min_size sessions are open from the start, and again after the server ended them", () =>
  on(
    { connection_pool: { min_size: 3, max_size: 5 } },
    Effect.gen(function*() {
      const sql = yield* SqlClient
      yield* until(({ idle }) => idle === 3)
      const pids = yield* sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`
      assert.isAtLeast(pids.length, 2)
      yield* until(({ active, idle }) => active === 0 && idle < 3)
      yield* until(({ idle }) => idle === 3)
    })
  ))

it("sessions that were opened together are not replaced together: each lives up to a tenth shorter, by chance", () => {
  const lives = [0, 0.5, 1].map((random) => retiresAt(0, Duration.seconds(100), random))
  assert.deepStrictEqual(lives, [100_000, 95_000, 90_000])
})

it.live("statements share a session with multiplex, transactions have one of their own", () =>
  on(
    { connection_pool: { min_size: 0, max_size: 2, multiplex: true, multiplex_depth: 64 } },
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const own = yield* sql.reserve
      const [row] = yield* own.executeValues("SELECT pg_backend_pid()", [])
      const others = yield* Effect.all(Array.from({ length: 50 }, () => pidOf), { concurrency: 50 })
      assert.strictEqual(new Set(others).size, 1)
      assert.notInclude(others, row?.[0])
    }).pipe(Effect.scoped)
  ))

it.live("query_timeout ends a statement of a shared session, and only that one", () =>
  on(
    {
      connection_pool: { min_size: 0, max_size: 1, multiplex: true },
      execution: { query_timeout: "100ms" }
    },
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const [slow, quick] = yield* Effect.all([codeOf(sql`SELECT pg_sleep(5)`), sql`SELECT 1 AS one`], {
        concurrency: 2
      })
      assert.deepStrictEqual([slow, quick], ["database.query_timeout", [{ one: 1 }]])
    })
  ))

it.live("whoever waits when the app stops is told so", () =>
  Effect.gen(function*() {
    const coordinates = yield* TestDatabase.fresh
    const scope = yield* Scope.make()
    const section = { ...TestDatabase.settings(coordinates), connection_pool: one }
    const context = yield* Layer.buildWithScope(connect(section), scope)
    const waiting = yield* Effect.gen(function*() {
      const sql = yield* SqlClient
      const began = yield* Deferred.make<void>()
      yield* Effect.forkChild(Effect.scoped(Effect.andThen(
        sql.reserve,
        Effect.andThen(Deferred.succeed(began, undefined), Effect.never)
      )))
      yield* Deferred.await(began)
      const fiber = yield* Effect.forkChild(codeOf(sql`SELECT 1`))
      yield* until(({ waiting }) => waiting === 1)
      return fiber
    }).pipe(Effect.provideContext(context))
    yield* Scope.close(scope, Exit.void)
    assert.strictEqual(yield* Fiber.join(waiting), "database.pool_shutdown")
  }))
