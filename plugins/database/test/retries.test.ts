import { assert, it } from "@effect/vitest"
import { CommitUnknown, Database, errorCodeOf } from "@heptad/database"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Tracer from "effect/Tracer"
import { RetryBudget } from "../src/internal/queries/retries.ts"
import * as Metrics from "../src/metrics.ts"
import { onceAt } from "./fixtures/cutter.ts"
import { onCutWay } from "./fixtures/cutWay.ts"
import { keepingSpans } from "./fixtures/spans.ts"

const execution = { max_retry_attempts: 3, initial_backoff: "1ms" }

const nameOf = (error: SqlError) => errorCodeOf(error).name

/** Two transactions that lock the same two rows in opposite orders, until one of them was chosen as the victim. */
const deadlock = Effect.gen(function*() {
  const sql = yield* SqlClient
  const { transaction } = yield* Database
  yield* sql`INSERT INTO counters VALUES (1, 0), (2, 0)`
  const gates = [yield* Deferred.make<void>(), yield* Deferred.make<void>()] as const
  const attempts = [0, 0]
  const both = (first: number, second: number, mine: Deferred.Deferred<void>, other: Deferred.Deferred<void>) =>
    transaction()(Effect.gen(function*() {
      attempts[first - 1] = (attempts[first - 1] ?? 0) + 1
      yield* sql`UPDATE counters SET n = n + 1 WHERE id = ${first}`
      yield* Deferred.succeed(mine, undefined)
      yield* Deferred.await(other)
      yield* sql`UPDATE counters SET n = n + 1 WHERE id = ${second}`
    }))
  yield* Effect.all([both(1, 2, gates[0], gates[1]), both(2, 1, gates[1], gates[0])], { concurrency: 2 })
  return attempts
})

it.live("a transaction is done again after a deadlock and after a serialization failure", () =>
  onCutWay(() =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const { transaction } = yield* Database
      yield* sql`CREATE TABLE counters (id int, n int)`
      const attempts = yield* deadlock
      assert.deepStrictEqual(attempts.toSorted((a, b) => a - b), [1, 2])
      assert.deepStrictEqual(yield* sql`SELECT id, n FROM counters ORDER BY id`, [{ id: 1, n: 2 }, { id: 2, n: 2 }])

      let tries = 0
      const conflicting = transaction({ isolation: "repeatable read" })(Effect.gen(function*() {
        yield* sql`SELECT n FROM counters`
        if (++tries === 1) {
          yield* Effect.forkChild(sql`UPDATE counters SET n = 10`).pipe(Effect.flatMap(Fiber.join), outside(sql))
        }
        yield* sql`UPDATE counters SET n = n + 1`
      }))
      yield* conflicting
      assert.strictEqual(tries, 2)
      assert.deepStrictEqual(yield* sql`SELECT DISTINCT n FROM counters`, [{ n: 11 }])
    }), { execution }))

/** On another session, although a transaction is open around. */
const outside = (sql: SqlClient) => <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.scoped(
    Effect.flatMap(sql.reserve, (session) => Effect.provideService(effect, sql.transactionService, [session, 0]))
  )

it.live("a transaction whose session is lost before COMMIT is done again, and its effects are there once", () =>
  onCutWay(({ cutter }) =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const { transaction } = yield* Database
      yield* sql`CREATE TABLE kept (id int)`
      let tries = 0
      for (const text of ["BEGIN", "VALUES (2)"]) {
        cutter.cutWhere(onceAt("to server", text))
        const insert = sql.literal(`INSERT INTO kept VALUES (${text === "BEGIN" ? 1 : 2})`)
        yield* transaction()(Effect.andThen(Effect.sync(() => tries++), sql`${insert}`))
      }
      assert.strictEqual(cutter.cuts(), 2)
      assert.strictEqual(tries, 3)
      assert.lengthOf(yield* sql`SELECT * FROM kept`, 2)
    }), { execution }))

it.live("an unknown commit is not done again, unless the transaction is marked as idempotent", () =>
  onCutWay(({ cutter }) =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const { transaction } = yield* Database
      yield* sql`CREATE TABLE kept (id int PRIMARY KEY)`
      const insert = transaction()(sql`INSERT INTO kept VALUES (1) ON CONFLICT DO NOTHING`)
      cutter.cutWhere(onceAt("to client", "COMMIT"))
      const error = yield* Effect.flip(insert)
      assert.instanceOf(error.reason.cause, CommitUnknown)
      cutter.cutWhere(onceAt("to client", "COMMIT"))
      yield* Database.idempotent(insert)
      assert.strictEqual(cutter.cuts(), 2)
    }), { execution }))

it.live("a statement whose session is lost is sent again only when it is marked as idempotent, and the span tells", () =>
  onCutWay(({ cutter }) =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const { spans, tracer } = keepingSpans()
      const before = (yield* Metric.value(Metrics.retriesOf("connection_lost"))).count
      cutter.cutWhere(onceAt("to server", "twenty"))
      assert.strictEqual(nameOf(yield* Effect.flip(sql`SELECT 'twenty' AS n`)), "database.connection_lost")
      cutter.cutWhere(onceAt("to server", "twenty"))
      const rows = yield* Database.idempotent(sql`SELECT 'twenty' AS n`).pipe(
        Effect.withSpan("request"),
        Effect.provideService(Tracer.Tracer, tracer)
      )
      assert.deepStrictEqual(rows, [{ n: "twenty" }])
      assert.strictEqual((yield* Metric.value(Metrics.retriesOf("connection_lost"))).count - before, 1)
      const span = spans.find(({ name }) => name === "request")
      assert.strictEqual(span?.attributes.get("heptad.database.retries"), 1)
      assert.deepStrictEqual(span instanceof Tracer.NativeSpan ? span.events.map(([name]) => name) : [], [
        "heptad.database.retry"
      ])
    }), { execution }))

it.live("a broken server is not stormed: what the budget does not allow fails at once", () =>
  onCutWay(({ cutter }) =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const before = (yield* Metric.value(Metrics.retriesWithheld)).count
      cutter.cutWhere((direction, message) => direction === "to server" && message.includes("twenty"))
      const ask = Effect.flip(Database.idempotent(sql`SELECT 'twenty' AS n`))
      for (let n = 0; n < 20; n++) assert.strictEqual(nameOf(yield* ask), "database.connection_lost")
      assert.isAtMost(cutter.cuts(), 20 + 12)
      assert.isAtLeast((yield* Metric.value(Metrics.retriesWithheld)).count - before, 10)
    }), { execution: { ...execution, retry_budget: { ratio: "10%", min_per_second: 0 } } }))

it("the budget is filled by what succeeds and by time, and never beyond ten seconds of it", () => {
  let now = 0
  const budget = new RetryBudget(() => ({ ratio: 0.1, min_per_second: 1 }), () => now)
  const spent = () => {
    let count = 0
    while (budget.spend()) count++
    return count
  }
  assert.strictEqual(spent(), 10)
  for (let n = 0; n < 35; n++) budget.earn()
  assert.strictEqual(spent(), 3)
  now = 2000
  assert.strictEqual(spent(), 2)
  now = 1e9
  assert.strictEqual(spent(), 10)
})
