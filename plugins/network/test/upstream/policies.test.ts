/** What the policies do to real requests. Time is the test's own. */
import { assert, describe, it } from "@effect/vitest"
import { ServiceClient, UpstreamCall, type UpstreamFault } from "@heptad/network"
import { layerServiceClient } from "@heptad/network/testing"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import type * as http from "node:http"
import { until } from "../support.ts"
import { ask, causeOf, inTime, nobody, type Peer, peer, really } from "./peers.ts"

type Written = Parameters<typeof layerServiceClient>[0][string]

const calm: Pick<Written, "circuit_breaker" | "load_balancing"> = {
  circuit_breaker: { enabled: false },
  load_balancing: { outlier_ejection: { enabled: false } }
}

/** For as long as the test, with series of metrics that no other test has. */
const client = Effect.fnUntraced(function*(peers: ReadonlyArray<Pick<Peer, "url">>, more: Partial<Written> = {}) {
  const orders = { endpoints: peers.map(({ url }) => url), ...calm, ...more }
  const context = yield* Layer.build(layerServiceClient({ orders }))
  return yield* Context.get(context, ServiceClient).upstream("orders")
})

const status = (code: number, headers: http.OutgoingHttpHeaders = {}) => (_: unknown, response: http.ServerResponse) =>
  response.writeHead(code, headers).end()

/** Without pauses between tries. */
const swift = { retry: { backoff: "0s", budget: { ratio: "100%" } } }

const counter = (id: string, attributes: Readonly<Record<string, string>>) =>
  Effect.map(Metric.snapshot, (all) => {
    const found = all.find((one) =>
      one.id === id && Object.entries(attributes).every(([key, value]) => one.attributes?.[key] === value)
    )
    const { state } = found ?? { state: { count: 0 } }
    return "count" in state ? Number(state.count) : Number(Reflect.get(state, "value"))
  })

/** The pause before this retry has begun. */
const retried = (reason: string, many: number) =>
  TestClock.withLive(
    until(
      Effect.map(counter("network_upstream_retries_total", { upstream: "orders", reason }), (count) => count === many)
    )
  )

const fresh = <A, E, R>(test: Effect.Effect<A, E, R>) => Effect.provideService(test, Metric.MetricRegistry, new Map())

const telling = (lines: Array<string>) =>
  Logger.layer([Logger.make(({ message }) => lines.push([message].flat().map(String).join(" ")))])

describe("retries", () => {
  it.effect("go to another endpoint, as long as there is one", () =>
    Effect.gen(function*() {
      const bad = yield* peer(status(503))
      const good = yield* peer(status(200))
      const orders = yield* client([bad, good], swift)
      for (let round = 0; round < 4; round++) assert.strictEqual(yield* ask(orders), 200)
      assert.deepStrictEqual([bad.seen.length, good.seen.length], [2, 4])
    }))

  it.effect("of what may not be sent twice are not made, unless the request says that it may", () =>
    Effect.gen(function*() {
      const bad = yield* peer(status(503))
      const orders = yield* client([bad], swift)
      const post = (headers: Record<string, string> = {}) => orders.post("/", { headers })
      yield* post()
      assert.lengthOf(bad.seen, 1)
      yield* post({ "idempotency-key": "4711" })
      assert.lengthOf(bad.seen, 4)
      yield* Effect.provideService(post(), UpstreamCall, { idempotent: true })
      assert.lengthOf(bad.seen, 7)
      yield* Effect.provideService(orders.get("/"), UpstreamCall, { idempotent: false })
      assert.lengthOf(bad.seen, 8)
    }))

  it.effect("of what never left are made in any case", () =>
    Effect.gen(function*() {
      const good = yield* peer(status(201))
      const orders = yield* client([{ url: yield* nobody }, good], swift)
      assert.strictEqual((yield* orders.post("/")).status, 201)
    }))

  it.effect("of a body that is a stream are never made", () =>
    Effect.gen(function*() {
      const bad = yield* peer(status(503))
      const orders = yield* client([bad], swift)
      const body = Stream.succeed(new TextEncoder().encode("once"))
      yield* orders.execute(HttpClientRequest.put("/").pipe(HttpClientRequest.bodyStream(body)))
      assert.lengthOf(bad.seen, 1)
    }))

  it.effect("wait with a random pause that doubles", () =>
    fresh(Effect.gen(function*() {
      const bad = yield* peer(status(503))
      const orders = yield* client([bad], { retry: { backoff: "1s", max_backoff: "10s" } })
      const answer = yield* Effect.forkChild(ask(orders)).pipe(
        Effect.provideService(Random.Random, { nextDoubleUnsafe: () => 0.5, nextIntUnsafe: () => 0 })
      )
      for (const [index, pause] of [500, 1000].entries()) {
        yield* retried("503", index + 1)
        yield* TestClock.adjust(pause - 1)
        assert.lengthOf(bad.seen, index + 1)
        yield* TestClock.adjust("1 millis")
      }
      assert.strictEqual(yield* Fiber.join(answer), 503)
      assert.lengthOf(bad.seen, 3)
    })))

  it.effect("wait for as long as Retry-After says, and are not made when that is too long", () =>
    fresh(Effect.gen(function*() {
      const busy = yield* peer((_, response, count) =>
        count === 1 ? status(429, { "retry-after": "4" })(_, response) : status(200)(_, response)
      )
      const orders = yield* client([busy], swift)
      const answer = yield* Effect.forkChild(ask(orders))
      yield* retried("429", 1)
      yield* TestClock.adjust(3999)
      assert.lengthOf(busy.seen, 1)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(answer), 200)
      const away = yield* peer(status(503, { "retry-after": "3600" }))
      assert.strictEqual(yield* ask(yield* client([away], swift)), 503)
      assert.lengthOf(away.seen, 1)
    })))

  it.effect("cannot multiply an outage: an upstream that always fails sees a share more than it is asked", () =>
    fresh(Effect.gen(function*() {
      const bad = yield* peer(status(503))
      const retry = { backoff: "0s", budget: { ratio: "20%", min_per_second: 0 } }
      const orders = yield* client([bad], { retry })
      yield* Effect.forEach(Array.from({ length: 200 }), () => ask(orders), { concurrency: 20 })
      assert.isAtMost(bad.seen.length, 240)
      assert.isAtLeast(bad.seen.length, 230)
      const retries = yield* counter("network_upstream_retries_total", { upstream: "orders", reason: "503" })
      assert.strictEqual(retries, bad.seen.length - 200)
      assert.isAbove(yield* counter("network_upstream_retries_withheld_total", { upstream: "orders" }), 0)
    })))

  it.effect("end with the time for all of them, and a pause that would outlive it is not begun", () =>
    Effect.gen(function*() {
      const bad = yield* peer(status(503, { "retry-after": "5" }))
      const orders = yield* client([bad], { ...swift, total_timeout: "4s" })
      assert.strictEqual(yield* ask(orders), 503)
      const silent = yield* peer(() => {})
      const slow = yield* client([silent], { ...swift, timeout: "3s", total_timeout: "4s" })
      const answer = yield* Effect.forkChild(Effect.flip(slow.get("/")))
      yield* really(() => silent.seen.length === 1)
      yield* TestClock.adjust("3 seconds")
      yield* really(() => silent.seen.length === 2)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(
        causeOf(yield* Fiber.join(answer)).message,
        "upstream orders: not done within network.upstreams.orders.total_timeout. Look at the load there, or raise it."
      )
      yield* really(() => silent.sockets.size === 0)
    }))
})

describe("the bulkhead", () => {
  it.effect("lets so many through, lets a few wait, and refuses the others at once", () =>
    fresh(Effect.gen(function*() {
      const held: Array<http.ServerResponse> = []
      const slow = yield* peer((_, response) => held.push(response))
      const bulkhead = { max_concurrent: 2, max_waiting: 1, max_wait: "10s" }
      const orders = yield* client([slow], { bulkhead })
      const first = yield* Effect.forkChild(Effect.all([ask(orders), ask(orders)], { concurrency: 2 }))
      yield* really(() => held.length === 2)
      const waiting = yield* Effect.forkChild(ask(orders), { startImmediately: true })
      assert.strictEqual(yield* ask(orders), "line_full")
      assert.deepStrictEqual(
        [
          yield* counter("network_upstream_requests_active", { upstream: "orders" }),
          yield* counter("network_upstream_requests_waiting", { upstream: "orders" }),
          yield* counter("network_upstream_requests_rejected_total", { upstream: "orders", reason: "line_full" })
        ],
        [2, 1, 1]
      )
      held[0]?.end()
      yield* really(() => held.length === 3)
      held.slice(1).forEach((response) => response.end())
      assert.deepStrictEqual([yield* Fiber.join(first), yield* Fiber.join(waiting)], [[200, 200], 200])
      assert.strictEqual(yield* counter("network_upstream_requests_active", { upstream: "orders" }), 0)
    })))

  it.effect("a wait ends after its time, and leaves the line", () =>
    Effect.gen(function*() {
      const slow = yield* peer(() => {})
      const orders = yield* client([slow], { bulkhead: { max_concurrent: 1, max_waiting: 1, max_wait: "2s" } })
      yield* Effect.forkChild(ask(orders))
      yield* really(() => slow.seen.length === 1)
      for (let round = 0; round < 2; round++) {
        const waiting = yield* Effect.forkChild(ask(orders), { startImmediately: true })
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual(yield* Fiber.join(waiting), "line_timeout")
      }
      const interrupted = yield* Effect.forkChild(ask(orders), { startImmediately: true })
      yield* Fiber.interrupt(interrupted)
      const last = yield* Effect.forkChild(ask(orders), { startImmediately: true })
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* Fiber.join(last), "line_timeout")
    }))
})

const failing: Partial<Written> = {
  retry: { attempts: 1 },
  circuit_breaker: { consecutive_failures: 3, open_time: "5s", half_open_requests: 1 }
}

const times = (count: number, client: HttpClient.HttpClient) =>
  Effect.forEach(Array.from({ length: count }), (): Effect.Effect<number | UpstreamFault> => ask(client))

describe("the circuit breaker", () => {
  it.effect("opens, asks one request whether the upstream works again, and closes", () => {
    const lines: Array<string> = []
    return fresh(Effect.gen(function*() {
      let code = 500
      const made = yield* peer((_, response) => status(code)(_, response))
      const orders = yield* client([made], failing)
      const state = counter("network_upstream_circuit_state", { upstream: "orders" })
      assert.deepStrictEqual(yield* times(5, orders), [500, 500, 500, "circuit_open", "circuit_open"])
      assert.strictEqual(yield* state, 2)
      assert.lengthOf(made.seen, 3)
      assert.strictEqual(causeOf(yield* Effect.flip(orders.get("/"))).retryAfterMillis, 5000)
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(yield* times(2, orders), [500, "circuit_open"])
      yield* TestClock.adjust("10 seconds")
      code = 200
      assert.deepStrictEqual(yield* times(3, orders), [200, 200, 200])
      assert.strictEqual(yield* state, 0)
      assert.deepStrictEqual(lines, [
        "upstream orders: circuit open for 5s: 3 failures in a row",
        "upstream orders: circuit half open, it is called again to see whether it works",
        "upstream orders: circuit open for 10s: a probe failed",
        "upstream orders: circuit half open, it is called again to see whether it works",
        "upstream orders: circuit closed, it works again"
      ])
      const opened = { upstream: "orders", from: "half_open", to: "open" }
      assert.strictEqual(yield* counter("network_upstream_circuit_transitions_total", opened), 1)
      assert.strictEqual(
        yield* counter("network_upstream_requests_rejected_total", { upstream: "orders", reason: "circuit_open" }),
        4
      )
    })).pipe(Effect.provide(telling(lines)))
  })

  it.effect("counts a request once, however often it was tried, and a hanging upstream as failing", () =>
    Effect.gen(function*() {
      const silent = yield* peer(() => {})
      const orders = yield* client([silent], { ...failing, ...swift, timeout: "1s", total_timeout: "2s" })
      const answers = yield* Effect.forkChild(times(4, orders))
      for (let request = 0; request < 3; request++) {
        for (let second = 1; second <= 2; second++) {
          yield* really(() => silent.seen.length === request * 2 + second)
          yield* TestClock.adjust("1 second")
        }
      }
      assert.deepStrictEqual(yield* Fiber.join(answers), [
        "total_timeout",
        "total_timeout",
        "total_timeout",
        "circuit_open"
      ])
    }))

  it.effect("does not count who went away, and gives the probe to the next", () =>
    Effect.gen(function*() {
      let answering = true
      const made = yield* peer((_, response) => answering ? status(500)(_, response) : undefined)
      const orders = yield* client([made], failing)
      yield* times(3, orders)
      yield* TestClock.adjust("5 seconds")
      answering = false
      const probe = yield* Effect.forkChild(ask(orders))
      yield* really(() => made.seen.length === 4)
      assert.strictEqual(yield* ask(orders), "circuit_open")
      yield* Fiber.interrupt(probe)
      answering = true
      assert.strictEqual(yield* ask(orders), 500)
      assert.strictEqual(yield* ask(orders), "circuit_open")
    }))

  it.effect("does not open for what the client did wrong", () =>
    Effect.gen(function*() {
      const made = yield* peer(status(404))
      assert.deepStrictEqual(yield* times(20, yield* client([made], failing)), Array.from({ length: 20 }, () => 404))
    }))
})

describe("balancing", () => {
  const three = Effect.all([peer(status(200)), peer(status(200)), peer(status(200))])

  const counts = (peers: ReadonlyArray<Peer>) => peers.map(({ seen }) => seen.length)

  it.effect("takes turns", () =>
    Effect.gen(function*() {
      const peers = yield* three
      yield* times(9, yield* client(peers))
      assert.deepStrictEqual(counts(peers), [3, 3, 3])
    }))

  it.effect("least_connections avoids who is busy", () =>
    Effect.gen(function*() {
      const slow = yield* peer(() => {})
      const quick = yield* peer(status(200))
      const orders = yield* client([slow, quick], { load_balancing: { strategy: "least_connections" } })
      yield* Effect.forkChild(ask(orders))
      yield* really(() => slow.seen.length === 1)
      yield* times(5, orders)
      assert.deepStrictEqual(counts([slow, quick]), [1, 5])
    }))

  it.effect("ip_hash sends a key to one endpoint, and keys to all of them", () =>
    Effect.gen(function*() {
      const peers = yield* three
      const orders = yield* client(peers, { load_balancing: { strategy: "ip_hash" } })
      const of = (hashKey: string) => Effect.provideService(times(4, orders), UpstreamCall, { hashKey })
      yield* of("customer-17")
      assert.deepStrictEqual(counts(peers).toSorted((a, b) => a - b), [0, 0, 4])
      yield* Effect.forEach(Array.from({ length: 30 }), (_, index) => of(`customer-${index}`))
      assert.isTrue(counts(peers).every((count) => count > 0))
    }))

  it.effect("an endpoint that keeps failing gets no requests for a while, and returns", () => {
    const lines: Array<string> = []
    return fresh(Effect.gen(function*() {
      const bad = yield* peer(status(500))
      const good = yield* peer(status(200))
      const orders = yield* client([bad, good], {
        retry: { attempts: 1 },
        load_balancing: { outlier_ejection: { consecutive_failures: 2, ejection_time: "30s" } }
      })
      const states = Effect.forEach(
        ["usable", "ejected"],
        (state) => counter("network_upstream_endpoints", { upstream: "orders", state })
      )
      assert.deepStrictEqual(yield* states, [2, 0])
      yield* times(10, orders)
      assert.deepStrictEqual(counts([bad, good]), [2, 8])
      assert.deepStrictEqual(yield* states, [1, 1])
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(yield* states, [2, 0])
      yield* times(2, orders)
      assert.deepStrictEqual(counts([bad, good]), [3, 9])
      assert.deepStrictEqual(lines, [
        `endpoint ${bad.url} fails requests and gets none for 30s`,
        `endpoint ${bad.url} gets requests again`
      ])
    })).pipe(Effect.provide(telling(lines)))
  })

  it.effect("an endpoint that hangs is ejected too", () =>
    Effect.gen(function*() {
      const silent = yield* peer(() => {})
      const good = yield* peer(status(200))
      const outlier_ejection = { consecutive_failures: 1, ejection_time: "30s" }
      const orders = yield* client([silent, good], {
        timeout: "1s",
        retry: { attempts: 1 },
        load_balancing: { outlier_ejection }
      })
      const first = yield* Effect.forkChild(ask(orders))
      yield* really(() => silent.seen.length === 1)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(first), "timeout")
      yield* times(5, orders)
      assert.deepStrictEqual(counts([silent, good]), [1, 5])
    }))

  it.effect("an endpoint that fails its health check gets no requests until it passes again", () => {
    const lines: Array<string> = []
    return Effect.gen(function*() {
      let well = true
      const healthOf = (request: http.IncomingMessage) => request.url === "/health"
      const ill = yield* peer((request, response) => status(healthOf(request) && !well ? 500 : 200)(request, response))
      const good = yield* peer(status(200))
      // The time for an answer is the test's too, which goes on in leaps.
      const health_check = {
        path: "/health",
        interval: "10s",
        timeout: "1d",
        unhealthy_threshold: 2,
        healthy_threshold: 1
      }
      const orders = yield* client([ill, good], { load_balancing: { health_check } })
      const requests = () => ill.seen.filter((request) => !healthOf(request)).length
      yield* times(4, orders)
      assert.strictEqual(requests(), 2)
      well = false
      yield* inTime("10 seconds", () => lines.length === 1)
      yield* times(4, orders)
      assert.strictEqual(requests(), 2)
      well = true
      yield* inTime("10 seconds", () => lines.length === 2)
      yield* times(4, orders)
      assert.strictEqual(requests(), 4)
      assert.deepStrictEqual(lines, [
        `endpoint ${ill.url} fails its health check and gets no requests`,
        `endpoint ${ill.url} passes its health check again`
      ])
    }).pipe(Effect.provide(telling(lines)))
  })
})

describe("a streamed answer", () => {
  const endless = (_: unknown, response: http.ServerResponse) => response.write("first")

  const streamed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.provideService(effect, UpstreamCall, { streamed: true })

  it.effect("is read while it arrives, holds its place, and lets go of everything when its reader goes", () =>
    fresh(Effect.gen(function*() {
      const made = yield* peer(endless)
      const orders = yield* client([made])
      const active = counter("network_upstream_requests_active", { upstream: "orders" })
      const response = yield* streamed(orders.get("/"))
      assert.strictEqual(yield* active, 1)
      const first = yield* Stream.runCollect(Stream.take(response.stream, 1))
      assert.strictEqual(new TextDecoder().decode(first[0]), "first")
      assert.strictEqual(yield* active, 0)
      yield* really(() => made.sockets.size === 0)
    })))

  it.effect("that falls silent fails by its time", () =>
    Effect.gen(function*() {
      const made = yield* peer(endless)
      const orders = yield* client([made], { idle_timeout: "20s" })
      const { stream } = yield* streamed(orders.get("/"))
      let chunks = 0
      const reading = yield* Effect.forkChild(Effect.flip(Stream.runForEach(stream, () => Effect.sync(() => chunks++))))
      yield* really(() => chunks === 1)
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual(causeOf(yield* Fiber.join(reading)).fault, "timeout")
      yield* really(() => made.sockets.size === 0)
    }))

  it.effect("that nobody reads is given up", () =>
    fresh(Effect.gen(function*() {
      const made = yield* peer(endless)
      const orders = yield* client([made], { idle_timeout: "20s" })
      yield* streamed(orders.get("/"))
      yield* TestClock.adjust("20 seconds")
      yield* really(() => made.sockets.size === 0)
      assert.strictEqual(yield* counter("network_upstream_requests_active", { upstream: "orders" }), 0)
    })))

  it.effect("that is no success is read whole, and tried again", () =>
    Effect.gen(function*() {
      const made = yield* peer((_, response, count) => count === 1 ? status(503)(_, response) : response.end("second"))
      const response = yield* streamed((yield* client([made], swift)).get("/"))
      assert.strictEqual(yield* response.text, "second")
    }))
})
