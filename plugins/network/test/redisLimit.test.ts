/** A rate limit whose buckets are in Redis: what clients of several machines get, and what they get while Redis fails. */
import { assert, describe, it } from "@effect/vitest"
import { HealthRegistry } from "@heptad/common"
import { Network, type NetworkConfig } from "@heptad/network"
import { bearer } from "@heptad/network/testing"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as net from "node:net"
import { type RedisDouble, redisDouble } from "./redisDouble.ts"
import { converse, request, server, until } from "./support.ts"

type Written = NonNullable<(typeof NetworkConfig.Encoded)["rate_limit"]>

/** No request comes back while a test runs. */
const slow: Written = { enabled: true, store: "redis", requests_per_second: "1/h", burst: 2 }

const limited = ({ url }: Pick<RedisDouble, "url">, more: Written = {}) =>
  server({ settings: { rate_limit: { ...slow, ...more, redis: { url, timeout: "200ms", ...more.redis } } } })

const hello = Effect.map(request("/hello"), ({ status }) => status)

/** A server of its own, and its answers to `/hello`. */
const machine = (redis: RedisDouble, more?: Written) =>
  Effect.map(Layer.build(limited(redis, more)), (services) => ({
    services,
    hello: Effect.provideService(hello, Network, Context.get(services, Network))
  }))

const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const before = yield* Clock.currentTimeMillis
    const value = yield* effect
    return { value, millis: (yield* Clock.currentTimeMillis) - before }
  })

const failures = Effect.map(Metric.snapshot, (series) =>
  Object.fromEntries(
    series.filter(({ id }) => id === "network_rate_limit_store_failures_total")
      .map(({ attributes, state }) => [attributes?.["reason"], "count" in state ? Number(state.count) : 0])
  ))

/** Why the health check of the store fails. */
const problem = Effect.flatMap(
  HealthRegistry,
  ({ results }) =>
    Effect.map(results, (checks) => checks.find(({ name }) => name === "network_rate_limit_store")?.reason)
)

describe("buckets in Redis", () => {
  it.live("hold for all servers that ask the same Redis", () =>
    Effect.gen(function*() {
      const redis = yield* redisDouble
      const [one, two] = [yield* machine(redis), yield* machine(redis)]
      assert.deepStrictEqual([yield* one.hello, yield* two.hello, yield* one.hello, yield* two.hello], [
        200,
        200,
        429,
        429
      ])
      assert.strictEqual(redis.asked(), 4)
    }).pipe(Effect.scoped))

  it.live("say the same on every answer as buckets here, whatever the strategy", () =>
    Effect.gen(function*() {
      const redis = yield* redisDouble
      yield* Effect.gen(function*() {
        const answers = yield* Effect.all([request("/hello"), request("/hello"), request("/hello")])
        assert.deepStrictEqual(
          answers.map(({ headers, status }) => [status, headers["ratelimit-policy"], headers["retry-after"]]),
          [[200, `"default";q=2;w=7200`, undefined], [200, `"default";q=2;w=7200`, undefined], [
            429,
            `"default";q=2;w=7200`,
            "3600"
          ]]
        )
        assert.deepStrictEqual(
          answers.map(({ headers }) => headers["ratelimit"]?.replace(/;t=.*/, "")),
          [`"default";r=1`, `"default";r=0`, `"default";r=0`]
        )
        assert.deepInclude(answers[2].body, { code: "network.rate_limited", status: 429 })
      }).pipe(Effect.provide(limited(redis, { strategy: "leaky_bucket" })))
    }).pipe(Effect.scoped))

  it.live("have keys that tell nobody who the clients are", () =>
    Effect.gen(function*() {
      const redis = yield* redisDouble
      const more: Written = { key: ["ip", "header:x-api-key"], redis: { prefix: "shop:" } }
      yield* request("/hello", { headers: { "x-api-key": "hk_secret" } }).pipe(Effect.provide(limited(redis, more)))
      const [key = ""] = redis.keys()
      assert.match(key, /^shop:[\w-]{43}$/)
    }).pipe(Effect.scoped))

  it.live("hold users behind the authentication, and whoever is nobody here", () =>
    Effect.gen(function*() {
      const redis = yield* redisDouble
      yield* Effect.gen(function*() {
        const authorization = yield* bearer({ sub: "alice", roles: ["clerk"] })
        const own = (authorization: string) =>
          Effect.map(request("/guarded/own", { headers: { authorization } }), ({ status }) => status)
        assert.deepStrictEqual(yield* Effect.all([own(authorization), own(authorization), own(authorization)]), [
          200,
          200,
          429
        ])
        assert.strictEqual(redis.asked(), 3)
        assert.deepStrictEqual(yield* Effect.all([own("Bearer no"), own("Bearer no"), own("Bearer no")]), [
          401,
          401,
          429
        ])
        assert.strictEqual(redis.asked(), 3)
      }).pipe(Effect.provide(limited(redis, { key: ["user"] })))
    }).pipe(Effect.scoped))

  it.live("are asked before a body is read, and for WebSockets too", () =>
    Effect.gen(function*() {
      const redis = yield* redisDouble
      yield* Effect.gen(function*() {
        const posted = yield* request("/buffered", { method: "POST", body: "x".repeat(100_000) })
        assert.deepStrictEqual([posted.status, posted.body], [200, "received 100000"])
        yield* hello
        const upgrade = "GET /hello HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n" +
          "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        assert.match(yield* converse(upgrade), /^HTTP\/1\.1 429 /)
      }).pipe(Effect.provide(limited(redis)))
    }).pipe(Effect.scoped))
})

describe("a Redis that fails", () => {
  it.live("at the start keeps nobody from starting: the buckets here count", () =>
    Effect.gen(function*() {
      const redis = yield* redisDouble
      yield* redis.stop
      const { hello } = yield* machine(redis)
      assert.deepStrictEqual(yield* Effect.all([hello, hello, hello]), [200, 200, 429])
    }).pipe(Effect.scoped))

  it.live("is asked again once it is there, and its buckets count again", () =>
    Effect.gen(function*() {
      const redis = yield* redisDouble
      const { hello, services } = yield* machine(redis)
      yield* hello
      yield* redis.stop
      yield* until(Effect.map(Effect.provide(problem, services), (why) => why !== undefined))
      assert.deepStrictEqual(yield* Effect.all([hello, hello, hello]), [200, 200, 429])
      yield* redis.start
      yield* until(Effect.map(Effect.provide(problem, services), (why) => why === undefined))
      assert.deepStrictEqual(yield* Effect.all([hello, hello]), [200, 429])
    }).pipe(Effect.scoped))

  it.live("by silence costs a request the timeout at most, and soon nothing; it is counted and told once", () => {
    const told: Array<string> = []
    const journal = Logger.layer([Logger.make(({ logLevel, message }) => {
      if (logLevel === "Warn") told.push(String(message))
    })])
    return Effect.gen(function*() {
      const redis = yield* redisDouble
      const { hello, services } = yield* machine(redis, { burst: 100 })
      const before = yield* failures
      assert.strictEqual(yield* hello, 200)
      redis.become("silent")
      const { millis, value } = yield* timed(Effect.all([hello, hello, hello]))
      assert.deepStrictEqual(value, [200, 200, 200])
      assert.isAtLeast(millis, 3 * 195)
      const later = yield* timed(Effect.replicateEffect(hello, 20))
      assert.isBelow(later.millis, 1500)
      const after = yield* failures
      assert.deepStrictEqual(
        ["timeout", "away"].map((reason) => (after[reason] ?? 0) - (before[reason] ?? 0)),
        [3, 20]
      )
      assert.deepStrictEqual(told, [
        "the store of network.rate_limit does not answer (timeout); the buckets of this process count instead. " +
        "Look at the server of network.rate_limit.redis.url."
      ])
      const { host } = new URL(redis.url)
      yield* until(
        Effect.map(
          Effect.provide(problem, services),
          (why) => why === `there is no connection to redis at ${host}: the buckets of this process count instead`
        )
      )
    }).pipe(Effect.scoped, Effect.provide(journal))
  }, 20_000)

  for (
    const [on_failure, statuses, policy, retry] of [
      ["local", [200, 200, 429], `"default";q=2;w=7200`, "3600"],
      ["allow", [200, 200, 200], undefined, undefined],
      ["deny", [429, 429, 429], `"default";q=2;w=7200`, "1"]
    ] as const
  ) {
    it.live(`by errors leaves the request to on_failure: ${on_failure}`, () =>
      Effect.gen(function*() {
        const redis = yield* redisDouble
        redis.become("failing")
        yield* Effect.gen(function*() {
          const answers = yield* Effect.all([request("/hello"), request("/hello"), request("/hello")])
          assert.deepStrictEqual(answers.map(({ status }) => status), [...statuses])
          assert.strictEqual(answers[2].headers["ratelimit-policy"], policy)
          assert.strictEqual(answers[2].headers["retry-after"], retry)
        }).pipe(Effect.provide(limited(redis, { redis: { on_failure } })))
      }).pipe(Effect.scoped))
  }

  it.live("by bytes that mean nothing is no connection", () =>
    Effect.gen(function*() {
      const redis = yield* redisDouble
      redis.become("mad")
      const { hello } = yield* machine(redis)
      assert.deepStrictEqual(yield* Effect.all([hello, hello, hello]), [200, 200, 429])
    }).pipe(Effect.scoped), 20_000)

  it.live("leaves nothing behind when the server stops meanwhile", () =>
    Effect.gen(function*() {
      const redis = yield* redisDouble
      const { millis } = yield* timed(Effect.scoped(Effect.gen(function*() {
        const { hello } = yield* machine(redis)
        yield* hello
        redis.become("silent")
        yield* hello
      })))
      assert.isBelow(millis, 3000)
      yield* until(Effect.sync(() => redis.connections() === 0))
    }).pipe(Effect.scoped))
})

it.live("a client that goes while Redis is asked is nobody's business any more", () =>
  Effect.gen(function*() {
    const redis = yield* redisDouble
    const lines: Array<unknown> = []
    const journal = Logger.layer([Logger.make(({ message }) => lines.push(message))])
    yield* Effect.gen(function*() {
      const { address } = yield* Network
      redis.become("silent")
      const leave = (head: string) =>
        Effect.callback<void>((resume) => {
          const socket = net.connect(address.port, address.host, () => {
            socket.write(head, () => {
              socket.resetAndDestroy()
              resume(Effect.void)
            })
          })
          socket.on("error", () => {})
        })
      yield* leave("GET /hello HTTP/1.1\r\nhost: a\r\n\r\n")
      yield* leave("GET /hello HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n")
      assert.strictEqual(yield* hello, 200)
      yield* until(Effect.sync(() => lines.filter((line) => String(line) === "request").length === 3))
    }).pipe(Effect.provide(limited(redis, { burst: 10 }).pipe(Layer.provideMerge(journal))))
  }).pipe(Effect.scoped))
