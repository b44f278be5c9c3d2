/** When the pool says that it has more to do than it gets done. */
import { assert, it } from "@effect/vitest"
import { Pressure } from "@heptad/common"
import type { PoolState } from "@heptad/database"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import { SqlClient } from "effect/sql/SqlClient"
import * as TestClock from "effect/testing/TestClock"
import { tell } from "../src/internal/pool/pressure.ts"
import { on } from "./connect.ts"

const isPressed = Effect.map(Pressure, ({ pressed }) => pressed.has("database_pool"))

const pool = (server: string, high: number, normal: number, low: number): PoolState => ({
  server,
  size: 1,
  open: 1,
  active: 1,
  idle: 0,
  waiting: { high, normal, low },
  leaks: 0,
  holders: []
})

it.effect("a line that is nearly full for a second is pressure until it is half full; a burst is none", () =>
  Effect.gen(function*() {
    const line = { waiting: 0 }
    const pools = Effect.sync(() => [pool("a:1", 0, 1, 0), pool("b:1", 1, line.waiting - 2, 1)])
    yield* tell(pools, () => 100)
    const after = (waiting: number, millis: number) => {
      line.waiting = waiting
      return Effect.andThen(TestClock.adjust(millis), isPressed)
    }
    assert.isFalse(yield* after(80, 900))
    assert.isFalse(yield* after(79, 100))
    assert.isFalse(yield* after(80, 900))
    assert.isTrue(yield* after(100, 100))
    assert.isTrue(yield* after(51, 5000))
    assert.isFalse(yield* after(50, 100))
  }).pipe(Effect.scoped, Effect.provide(Pressure.layer)))

it.live("statements that wait in a line that stays full are told, and no more when they have had their turn", () =>
  on(
    { connection_pool: { min_size: 0, max_size: 1, max_waiting: 5, acquire_timeout: "1m" } },
    Effect.gen(function*() {
      const sql = yield* SqlClient
      const until = (expected: boolean) =>
        Effect.repeat(isPressed, { until: (is) => is === expected, schedule: Schedule.spaced("10 millis") })
      const waiting = yield* Effect.scoped(Effect.gen(function*() {
        yield* sql.reserve
        const fibers = yield* Effect.forEach([1, 2, 3, 4], () => Effect.forkChild(sql`SELECT 1`))
        yield* until(true)
        return fibers
      }))
      yield* Effect.forEach(waiting, Fiber.join)
      yield* until(false)
    })
  ))
