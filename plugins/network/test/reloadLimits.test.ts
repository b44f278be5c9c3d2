/** What of the rate limit in Redis changes with the settings. The title of a test starts with the key that it proves. */
import { assert, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { type RedisDouble, redisDouble } from "./redisDouble.ts"
import { running } from "./running.ts"
import { request, until } from "./support.ts"

const limits = ({ url }: RedisDouble, redis: object = {}) => ({
  rate_limit: { enabled: true, store: "redis", requests_per_second: "1/h", burst: 1, redis: { url, ...redis } }
})

const hello = Effect.map(request("/hello"), ({ status }) => status)

it.live("network.rate_limit.redis.prefix: the next request is counted under the new one", () =>
  Effect.gen(function*() {
    const redis = yield* redisDouble
    yield* running(limits(redis), (change) =>
      Effect.gen(function*() {
        assert.deepStrictEqual([yield* hello, yield* hello], [200, 429])
        yield* change(limits(redis, { prefix: "other:" }))
        assert.deepStrictEqual([yield* hello, yield* hello], [200, 429])
        assert.deepStrictEqual(redis.keys().map((key) => key.slice(0, -43)), ["heptad:rate_limit:", "other:"])
      }))
  }).pipe(Effect.scoped))

it.live("network.rate_limit.redis.on_failure: the next request without an answer is held against it", () =>
  Effect.gen(function*() {
    const redis = yield* redisDouble
    redis.become("failing")
    yield* running(limits(redis), (change) =>
      Effect.gen(function*() {
        assert.deepStrictEqual([yield* hello, yield* hello], [200, 429])
        yield* change(limits(redis, { on_failure: "allow" }))
        assert.deepStrictEqual([yield* hello, yield* hello], [200, 200])
      }))
  }).pipe(Effect.scoped))

it.live("network.rate_limit.redis.timeout: the next request waits no longer", () =>
  Effect.gen(function*() {
    const redis = yield* redisDouble
    yield* running(limits(redis, { timeout: "1m" }), (change) =>
      Effect.gen(function*() {
        yield* hello
        redis.become("silent")
        yield* change(limits(redis, { timeout: "20ms" }))
        const before = yield* Clock.currentTimeMillis
        yield* hello
        assert.isBelow((yield* Clock.currentTimeMillis) - before, 10_000)
      }))
  }).pipe(Effect.scoped))

it.live("a limit for a route that does not exist is told at the start, and again with new settings", () => {
  const told: Array<string> = []
  const journal = Logger.layer([Logger.make(({ logLevel, message }) => {
    if (logLevel === "Warn") told.push(String(message))
  })])
  const routes = (...names: ReadonlyArray<string>) => ({
    rate_limit: { enabled: true, routes: names.map((route) => ({ route, requests_per_second: 1, burst: 1 })) }
  })
  const warning = (names: string) =>
    `network.rate_limit.routes has ${names}, but there is no such route: nothing is held by it. ` +
    "Write the template of the route as the code has it, or leave it out."
  return running(routes("POST /hello", "GET /hello", "/helo"), (change) =>
    Effect.gen(function*() {
      yield* until(Effect.sync(() => told.length > 0))
      yield* change(routes("/*", "/length"))
      yield* change(routes("/admin/*"))
      assert.deepStrictEqual(told, [warning("POST /hello, /helo"), warning("/admin/*")])
    })).pipe(Effect.provide(journal))
})
