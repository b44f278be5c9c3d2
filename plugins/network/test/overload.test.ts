/** What happens when there is too much to do. */
import { assert, describe, it } from "@effect/vitest"
import { HealthRegistry, Pressure } from "@heptad/common"
import * as Effect from "effect/Effect"
import { calm, judge, type Sample } from "../src/internal/shedding.ts"
import { request, server, stable, until } from "./support.ts"

const most = { delayMillis: 100, utilization: 0.9 }

/** Whether requests are refused after each sample. */
const judged = (samples: ReadonlyArray<Sample>): ReadonlyArray<boolean> => {
  const state = calm()
  return samples.map((sample) => {
    judge(state, sample, most)
    return state.isShedding
  })
}

const late = (delayMillis: number): Sample => ({ delayMillis, utilization: 0 })

describe("the event loop", () => {
  it("is too late after two samples in a row, and well again at half of the limit", () => {
    const delays = [101, 0, 101, 101, 99, 51, 50, 101, 101]
    assert.deepStrictEqual(judged(delays.map(late)), [false, false, false, true, true, true, false, false, true])
  })

  it("is too busy in the same way", () => {
    const samples = [0.91, 0.91, 0.89, 0.86, 0.85].map((utilization) => ({ delayMillis: 0, utilization }))
    assert.deepStrictEqual(judged(samples), [false, true, true, true, false])
  })

  it.live(
    "that is late has requests refused, and health says so; afterwards they are let in again",
    () =>
      Effect.gen(function*() {
        const health = yield* HealthRegistry
        let busy = true
        const block = (): void => {
          const until = performance.now() + 120
          while (performance.now() < until);
          if (busy) setImmediate(block)
        }
        block()
        const refused = yield* Effect.repeat(request("/hello"), { until: ({ status }) => status === 503 })
        const warned = Effect.map(health.results, (all) => all.find(({ name }) => name === "network_load"))
        yield* until(Effect.map(warned, (check) => check?.reason === "requests are refused: the event loop is late"))
        busy = false
        assert.deepInclude(stable(refused), {
          status: 503,
          code: "network.overloaded",
          detail: "The server has more to do than it gets done. Wait as long as Retry-After says, and send this again."
        })
        assert.strictEqual(refused.headers["retry-after"], "1")
        yield* until(Effect.map(request("/hello"), ({ status }) => status === 200))
      }).pipe(Effect.provide(server({ settings: { overload: { max_event_loop_delay: "50ms" } } }))),
    60_000
  )
})

describe("a plugin under pressure", () => {
  const post = Effect.map(request("/streamed", { method: "POST", body: "x" }), ({ status }) => status)
  const get = Effect.map(request("/hello"), ({ status }) => status)

  it.live("keeps away what would bring it more, and not what only reads", () =>
    Effect.gen(function*() {
      const set = yield* (yield* Pressure).gauge("jobs")
      assert.deepStrictEqual([yield* post, yield* get], [200, 200])
      set(true)
      assert.deepStrictEqual([yield* post, yield* get], [503, 200])
      set(false)
      assert.deepStrictEqual([yield* post, yield* get], [200, 200])
    }).pipe(Effect.scoped, Effect.provide(server())))

  it.live("that has gone presses nobody", () =>
    Effect.gen(function*() {
      const pressure = yield* Pressure
      yield* Effect.scoped(Effect.flatMap(pressure.gauge("jobs"), (set) => Effect.sync(() => set(true))))
      assert.strictEqual(yield* post, 200)
    }).pipe(Effect.provide(server())))

  it.live("changes nothing where overload is switched off", () =>
    Effect.gen(function*() {
      const set = yield* (yield* Pressure).gauge("jobs")
      set(true)
      assert.strictEqual(yield* post, 200)
    }).pipe(Effect.scoped, Effect.provide(server({ settings: { overload: { enabled: false } } }))))
})
