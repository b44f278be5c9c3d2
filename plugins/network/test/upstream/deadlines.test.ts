import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { Deadlines } from "../../src/internal/upstream/deadlines.ts"

const kept = Effect.gen(function*() {
  const deadlines = new Deadlines()
  yield* Effect.forkScoped(deadlines.keep, { startImmediately: true })
  const rung: Array<number> = []
  const add = (at: number) => {
    const deadline = { at, over: () => rung.push(at) }
    deadlines.add(deadline)
    return () => deadlines.delete(deadline)
  }
  return { add, rung }
})

describe("deadlines", () => {
  it.effect("ring in their order, each at its time, whichever came first", () =>
    Effect.gen(function*() {
      const { add, rung } = yield* kept
      add(300)
      yield* TestClock.adjust(50)
      add(100)
      add(200)
      yield* TestClock.adjust(49)
      assert.deepStrictEqual(rung, [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(rung, [100])
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual(rung, [100, 200, 300])
    }))

  it.effect("that are gone do not ring, and one after a long rest does", () =>
    Effect.gen(function*() {
      const { add, rung } = yield* kept
      const forget = add(100)
      add(200)
      forget()
      yield* TestClock.adjust(10_000)
      assert.deepStrictEqual(rung, [200])
      add(10_100)
      yield* TestClock.adjust(100)
      assert.deepStrictEqual(rung, [200, 10_100])
    }))
})
