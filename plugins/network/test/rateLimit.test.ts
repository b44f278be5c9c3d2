/** What clients of a rate limited server get. */
import { assert, describe, it } from "@effect/vitest"
import type { NetworkConfig } from "@heptad/network"
import { bearer } from "@heptad/network/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import { type Answer, converse, parse, request, server, stable } from "./support.ts"

type Written = typeof NetworkConfig.Encoded

/** One request in a thousand seconds comes back: as good as none in a test. */
const slow = { enabled: true, requests_per_second: 1, burst: 2 }

const limited = (rate_limit: Written["rate_limit"], more: Written = {}) =>
  server({ settings: { rate_limit: { ...slow, ...rate_limit }, ...more } })

const statusOf = ({ status }: Answer): number => status
const hello = Effect.map(request("/hello"), statusOf)
const from = (client: string, path = "/hello") =>
  Effect.map(request(path, { headers: { "x-forwarded-for": client } }), statusOf)

const behindProxy = { proxies: { trusted: ["127.0.0.1"] } }

const fields = ({ headers }: Answer) => [headers["ratelimit-policy"], headers["ratelimit"], headers["retry-after"]]

const limitedByIp = Metric.withAttributes(
  Metric.counter("http_requests_limited_total", {
    description: "Requests refused by the rate limit",
    incremental: true
  }),
  { key: "ip" }
)

describe("the rate limit", () => {
  const own = (token: string) => Effect.map(request("/guarded/own", { headers: { authorization: token } }), statusOf)

  it.live("refuses what is too much with 429, and says on every answer what is left", () =>
    Effect.gen(function*() {
      const answers = yield* Effect.all([request("/hello"), request("/hello"), request("/hello")])
      assert.deepStrictEqual(answers.map(statusOf), [200, 200, 429])
      assert.deepStrictEqual(
        answers.map(({ headers }) => headers["ratelimit-policy"]),
        Array(3).fill(`"default";q=2;w=2`)
      )
      assert.deepStrictEqual(answers.map(({ headers }) => headers["ratelimit"]), [
        `"default";r=1;t=1`,
        `"default";r=0;t=1`,
        `"default";r=0;t=1`
      ])
      const [, , refused] = answers
      assert.deepStrictEqual([answers[0].headers["retry-after"], refused.headers["retry-after"]], [undefined, "1"])
      assert.deepStrictEqual(stable(refused), {
        type: "urn:heptad:error:network.rate_limited",
        title: "Too many requests",
        status: 429,
        detail: "This client asks more often than it may. Wait 1 s, as Retry-After says, and ask less often.",
        instance: "/hello",
        code: "network.rate_limited",
        number: -643,
        plugin: "network",
        trace_id: "<trace>"
      })
    }).pipe(Effect.provide(limited({}))))

  it.live("is off unless it is switched on, and then says nothing", () =>
    Effect.gen(function*() {
      const answer = yield* request("/hello")
      assert.isUndefined(answer.headers["ratelimit"])
    }).pipe(Effect.provide(server())))

  it.live("tells nothing where the settings say so, but for Retry-After", () =>
    Effect.gen(function*() {
      const [, , { headers, status }] = yield* Effect.all([request("/hello"), request("/hello"), request("/hello")])
      assert.deepStrictEqual([status, headers["ratelimit"], headers["retry-after"]], [429, undefined, "1"])
    }).pipe(Effect.provide(limited({ headers: false }))))

  it.live("keeps the connection of who is refused", () =>
    Effect.gen(function*() {
      const ask = "GET /hello HTTP/1.1\r\nhost: a\r\n\r\n"
      const last = "GET /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
      const answers = yield* converse(ask, ask, ask, last)
      assert.deepStrictEqual(
        answers.match(/HTTP\/1\.1 \d+/g),
        [200, 200, 429, 429].map((status) => `HTTP/1.1 ${status}`)
      )
      assert.strictEqual(parse(answers).headers["connection"], "keep-alive")
    }).pipe(Effect.provide(limited({}))))

  it.live("leaky_bucket refuses the same", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Effect.all([hello, hello, hello]), [200, 200, 429])
    }).pipe(Effect.provide(limited({ strategy: "leaky_bucket" }))))

  it.live("gives requests back as time goes by", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Effect.all([hello, hello]), [200, 429])
      yield* Effect.repeat(hello, { until: (status) => status === 200 })
    }).pipe(Effect.provide(limited({ requests_per_second: 20, burst: 1 }))))

  it.live("counts each client for itself; of IPv6 the network", () =>
    Effect.gen(function*() {
      const clients = ["203.0.113.7", "203.0.113.8", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"]
      assert.deepStrictEqual(yield* Effect.forEach(clients, (client) => from(client)), [200, 200, 200, 429, 200])
    }).pipe(Effect.provide(limited({ burst: 1 }, behindProxy))))

  it.live("lets exempt addresses pass uncounted", () =>
    Effect.gen(function*() {
      const clients = ["10.1.1.1", "10.1.1.1", "203.0.113.7", "203.0.113.7"]
      assert.deepStrictEqual(yield* Effect.forEach(clients, (client) => from(client)), [200, 200, 200, 429])
    }).pipe(Effect.provide(limited({ burst: 1, exempt: ["10.0.0.0/8"] }, behindProxy))))

  it.live("by route counts methods and templates, not paths; unknown paths are one", () =>
    Effect.gen(function*() {
      const paths = ["/things/1", "/things/2", "/hello", "/unknown/1", "/unknown/2"]
      const statuses = yield* Effect.forEach(paths, (path) => Effect.map(request(path), statusOf))
      assert.deepStrictEqual(statuses, [200, 429, 200, 404, 429])
    }).pipe(Effect.provide(limited({ burst: 1, key: ["ip", "route"] }))))

  it.live("of a route of its own counts there only; the most exact one wins", () =>
    Effect.gen(function*() {
      const statuses = (...paths: ReadonlyArray<string>) =>
        Effect.forEach(paths, (path) => Effect.map(request(path), statusOf))
      assert.deepStrictEqual(yield* statuses("/things/1", "/things/1", "/things/2"), [200, 200, 429])
      assert.deepStrictEqual(yield* statuses("/guarded/own", "/guarded/group", "/guarded/own"), [401, 401, 429])
      assert.deepStrictEqual(yield* statuses("/hello", "/varying", "/hello"), [200, 429, 429])
    }).pipe(Effect.provide(limited({
      requests_per_second: "1/h",
      burst: 1,
      routes: [
        { route: "/things/:id", requests_per_second: 1000, burst: 1000 },
        { route: "GET /things/:id", requests_per_second: "1/h", burst: 2 },
        { route: "/things/*", requests_per_second: 1000, burst: 1000 },
        { route: "/guarded/*", requests_per_second: "1/h", burst: 2 },
        { route: "POST /*", requests_per_second: 1000, burst: 1000 }
      ]
    }))))

  it.live("of a route is told by its name, and when the next request fits", () =>
    Effect.gen(function*() {
      const first = yield* request("/hello")
      const second = yield* request("/hello")
      const other = yield* request("/varying")
      assert.deepStrictEqual([first, second, other].map(fields), [
        [`"GET /hello";q=1;w=12`, `"GET /hello";r=0;t=12`, undefined],
        [`"GET /hello";q=1;w=12`, `"GET /hello";r=0;t=12`, "12"],
        [`"default";q=2;w=2`, `"default";r=1;t=1`, undefined]
      ])
    }).pipe(Effect.provide(limited({ routes: [{ route: "GET /hello", requests_per_second: "5/m", burst: 1 }] }))))

  it.live("of a route counts users behind the authentication, and HEAD as GET", () =>
    Effect.gen(function*() {
      const alice = yield* bearer({ sub: "alice", roles: ["clerk"] })
      const bob = yield* bearer({ sub: "bob", roles: ["clerk"] })
      assert.deepStrictEqual(yield* Effect.forEach([alice, bob, alice], own), [200, 200, 429])
      const head = Effect.map(request("/hello", { method: "HEAD" }), statusOf)
      assert.deepStrictEqual(yield* Effect.all([head, head]), [200, 429])
    }).pipe(Effect.provide(limited({
      key: ["user"],
      burst: 100,
      routes: [
        { route: "/guarded/own", requests_per_second: "1/h", burst: 1 },
        { route: "GET /hello", requests_per_second: "1/h", burst: 1 }
      ]
    }))))

  it.live("by header counts its values, long ones too", () =>
    Effect.gen(function*() {
      const keys = ["a", "a", "b", "c".repeat(2000), "c".repeat(2000), `${"c".repeat(1999)}d`]
      const statuses = yield* Effect.forEach(keys, (key) =>
        Effect.map(request("/hello", { headers: { "x-api-key": key } }), statusOf))
      assert.deepStrictEqual(statuses, [200, 429, 200, 200, 429, 200])
    }).pipe(Effect.provide(limited({ burst: 1, key: ["header:X-Api-Key"] }))))

  it.live("by user counts the principal, wherever it comes from", () =>
    Effect.gen(function*() {
      const [alice, bob] = [
        yield* bearer({ sub: "alice", roles: ["clerk"] }),
        yield* bearer({ sub: "bob", roles: ["clerk"] })
      ]
      assert.deepStrictEqual(yield* Effect.forEach([alice, alice, bob, bob], own), [200, 429, 200, 429])
      const refused = yield* request("/guarded/own", { headers: { authorization: alice } })
      assert.deepInclude(refused.body, { code: "network.rate_limited", status: 429 })
      assert.strictEqual(refused.headers["retry-after"], "1")
    }).pipe(Effect.provide(limited({ burst: 1, key: ["user"] }))))

  it.live("by user holds whoever is nobody against the address", () =>
    Effect.gen(function*() {
      const statuses = yield* Effect.all([own("Bearer nonsense"), own("Bearer nonsense"), own("Bearer other"), hello])
      assert.deepStrictEqual(statuses, [401, 401, 429, 429])
    }).pipe(Effect.provide(limited({ burst: 2, key: ["user"] }))))

  it.live("refused requests are counted, and told once for the whole burst", () => {
    const told: Array<string> = []
    const journal = Logger.layer([Logger.make(({ logLevel, message }) => {
      if (logLevel === "Warn") told.push(String(message))
    })])
    return Effect.gen(function*() {
      const refused = Effect.map(Metric.value(limitedByIp), ({ count }) => Number(count))
      const before = yield* refused
      yield* Effect.replicateEffect(hello, 20)
      assert.deepStrictEqual(told, [
        "requests of 127.0.0.1 are refused by network.rate_limit (1 a second, key ip)."
      ])
      assert.strictEqual((yield* refused) - before, 18)
    }).pipe(Effect.provide(limited({}).pipe(Layer.provideMerge(journal))))
  })
})
