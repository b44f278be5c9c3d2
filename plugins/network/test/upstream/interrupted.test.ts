/** Requests that end at any moment, by themselves, by their time or because nobody wants them: the books are right afterwards. */
import { assert, it } from "@effect/vitest"
import { Operations } from "@heptad/kernel"
import { ServiceClient, UpstreamCall } from "@heptad/network"
import { layerServiceClient } from "@heptad/network/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { until } from "../support.ts"
import { peer } from "./peers.ts"

const state = Effect.gen(function*() {
  const operation = (yield* (yield* Operations).all).get("upstreams")
  return JSON.stringify(operation === undefined ? undefined : yield* operation.run({}, { dryRun: false }))
})

it.live("no place, connection or probe is lost, whenever a request ends", () =>
  Effect.gen(function*() {
    const moody = yield* peer((_, response, count) => {
      if (count % 7 === 0) response.destroy()
      else if (count % 5 === 0) response.writeHead(503).end()
      else if (count % 13 === 0) response.write("half")
      else setTimeout(() => response.end("whole"), count % 11)
    })
    const orders = {
      endpoints: [moody.url],
      timeout: "500ms",
      total_timeout: "1s",
      bulkhead: { max_concurrent: 5, max_waiting: 5, max_wait: "50ms" },
      circuit_breaker: { consecutive_failures: 3, open_time: "10ms", max_open_time: "10ms", half_open_requests: 2 },
      retry: { backoff: "5ms" }
    }
    yield* Effect.gen(function*() {
      const client = yield* ServiceClient.use((all) => all.upstream("orders"))
      const whole = client.get("/")
      const streamed = Effect.flatMap(client.get("/"), ({ stream }) => Stream.runDrain(Stream.take(stream, 1))).pipe(
        Effect.provideService(UpstreamCall, { streamed: true })
      )
      const one = Effect.fnUntraced(function*(index: number) {
        const fiber = yield* Effect.forkChild(index % 4 === 0 ? streamed : whole)
        // A moment by chance, in which the request may be anywhere; every third one is waited for to its end.
        yield* Effect.sleep(yield* Random.nextIntBetween(0, 30))
        if (index % 3 !== 0) yield* Fiber.interrupt(fiber)
        const exit = yield* Fiber.await(fiber)
        return Exit.isSuccess(exit) ? "answered" : Cause.hasInterrupts(exit.cause) ? "interrupted" : "failed"
      })
      const indexes = Array.from({ length: 500 }, (_, index) => index)
      const ends = yield* Effect.forEach(indexes, one, { concurrency: 12 })
      assert.deepStrictEqual([...new Set(ends)].toSorted((a, b) => a.localeCompare(b)), [
        "answered",
        "failed",
        "interrupted"
      ])
      const idle = `"in_flight":0,"waiting":0`
      yield* until(Effect.map(state, (text) => text.includes(idle) && !/"in_flight":[1-9]/.test(text)))
      yield* until(Effect.map(Effect.exit(whole), Exit.isSuccess))
    }).pipe(Effect.provide(layerServiceClient({ orders })))
    yield* until(Effect.sync(() => moody.sockets.size === 0))
  }))
