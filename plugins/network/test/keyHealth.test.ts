/** Keys that cannot be had, or that nobody can use, are told by the health. */
import { assert, describe, it } from "@effect/vitest"
import { type HealthCheck, HealthRegistry } from "@heptad/common"
import { settings } from "@heptad/network/testing"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as ApiKeys from "../src/internal/ApiKeys.ts"
import * as KeyHealth from "../src/internal/keyHealth.ts"
import * as KeyRing from "../src/internal/KeyRing.ts"
import { ec256, folder, jwk, jwks } from "./signing.ts"
import { server, until } from "./support.ts"

const setting = "network.auth.jwt.jwks_url"

/** What the health check says of these keys; undefined when it passes. */
const checked = Effect.fnUntraced(function*(fault: (nowMillis: number) => string | undefined) {
  const checks: Array<HealthCheck> = []
  const asked = Layer.mock(HealthRegistry, { register: (check) => Effect.sync(() => void checks.push(check)) })
  yield* Effect.provide(KeyHealth.register("network_token_keys", fault), asked)
  assert.deepStrictEqual(checks.map(({ criticality, kind }) => [kind, criticality]), [["readiness", "degrading"]])
  const reason = Effect.suspend(() => checks[0]?.run ?? Effect.void).pipe(
    Effect.as(undefined),
    Effect.catch(({ message }) => Effect.succeed(message))
  )
  return { reason }
})

/** A source that answers while `state.answers`, and what the health check says of it. */
const source = Effect.fnUntraced(function*(state: { answers: boolean }) {
  const ring = yield* KeyRing.make({
    setting,
    kind: "url",
    read: Effect.suspend(() => state.answers ? Effect.succeed("") : Effect.fail("it is down")),
    parse: () => ["key"],
    maxAge: Duration.minutes(10),
    cooldown: Duration.seconds(30),
    maxStale: Duration.hours(1)
  })
  yield* ring.ask
  return yield* checked(ring.fault)
})

describe("the health check of a source of keys", () => {
  it.effect("fails at once when it was not loaded once, and passes with the first keys", () =>
    Effect.gen(function*() {
      const state = { answers: false }
      const { reason } = yield* source(state)
      assert.strictEqual(yield* reason, `${setting} was not loaded once: whoever needs its keys gets 503`)
      state.answers = true
      yield* TestClock.adjust("30 seconds")
      assert.isUndefined(yield* reason)
    }).pipe(Effect.scoped))

  it.effect("says nothing of one load that fails, and fails when they do for long, until one succeeds", () =>
    Effect.gen(function*() {
      const state = { answers: true }
      const { reason } = yield* source(state)
      state.answers = false
      yield* TestClock.adjust("20 minutes")
      assert.isUndefined(yield* reason)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* reason, `${setting} could not be loaded for 21m: its keys of then are used`)
      yield* TestClock.adjust("40 minutes")
      assert.strictEqual(
        yield* reason,
        `${setting} could not be loaded for 1h 1m: its keys are too old, and count no more`
      )
      state.answers = true
      yield* TestClock.adjust("30 seconds")
      assert.isUndefined(yield* reason)
    }).pipe(Effect.scoped))
})

const verdictOf = (name: string) =>
  Effect.flatMap(
    HealthRegistry,
    ({ results }) => Effect.map(results, (all) => all.find((result) => result.name === name))
  )

const serving = (jwt: object) => Effect.provide(server({ settings: { auth: { jwt } } }))

describe("the health of a server", () => {
  it.live("fails for a key set without a key of its algorithms", () =>
    Effect.gen(function*() {
      const jwks_file = (yield* folder)("keys", jwks(jwk(ec256)))
      yield* Effect.gen(function*() {
        yield* until(Effect.map(verdictOf("network_token_keys"), (result) => result?.status === "fail"))
        assert.deepInclude(yield* verdictOf("network_token_keys"), {
          criticality: "degrading",
          reason:
            "no public key is for an algorithm of network.auth.jwt.algorithms: every token that needs one is refused"
        })
      }).pipe(serving({ jwks_file, algorithms: ["RS256"] }))
    }).pipe(Effect.scoped))

  it.live("knows no such check where nobody has keys to load", () =>
    Effect.gen(function*() {
      assert.isUndefined(yield* verdictOf("network_token_keys"))
      assert.isUndefined(yield* verdictOf("network_api_keys"))
    }).pipe(serving({})))
})

describe("the health check of API keys", () => {
  const key = (id: string, expires_at: string) => ({
    id,
    hash: `sha256:${id.repeat(64)}`,
    subject: "reports",
    roles: [],
    expires_at
  })

  it.effect("fails when the last one has expired", () =>
    Effect.gen(function*() {
      const keys = [key("1", "1970-01-02T00:00:00Z"), key("2", "1970-01-03T00:00:00Z")]
      const { fault } = yield* ApiKeys.make(settings({ auth: { api_keys: { keys } } }).auth)
      const { reason } = yield* checked(fault)
      yield* TestClock.adjust("24 hours")
      assert.isUndefined(yield* reason)
      yield* TestClock.adjust("24 hours")
      assert.strictEqual(yield* reason, "every API key has expired")
    }).pipe(Effect.scoped))

  it.effect("passes where none are set", () =>
    Effect.gen(function*() {
      const { fault } = yield* ApiKeys.make(settings().auth)
      assert.isUndefined(yield* (yield* checked(fault)).reason)
    }).pipe(Effect.scoped))
})
