import { assert, describe, it } from "@effect/vitest"
import { type HealthCheck, HealthRegistry, Unhealthy } from "@heptad/common"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"

const check = (overrides: Partial<HealthCheck>): HealthCheck => ({
  name: "database_connection",
  kind: "readiness",
  criticality: "critical",
  interval: Duration.seconds(10),
  timeout: Duration.seconds(2),
  run: Effect.void,
  ...overrides
})

const failing = (reason: string) => Effect.fail(new Unhealthy({ reason }))

const only = Effect.gen(function*() {
  const { results } = yield* HealthRegistry
  const all = yield* results
  assert.lengthOf(all, 1)
  return all[0]
})

const settle = TestClock.adjust(0)

describe("HealthRegistry", () => {
  it.effect("runs a check at once and again on its interval, and remembers the last result", () =>
    Effect.gen(function*() {
      const { register } = yield* HealthRegistry
      let rounds = 0
      yield* register(check({ run: Effect.suspend(() => ++rounds === 2 ? failing("no route") : Effect.void) }))
      yield* settle
      assert.deepInclude(yield* only, { status: "pass", checkedAtMillis: 0 })
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(yield* only, { status: "fail", reason: "no route", checkedAtMillis: 10_000 })
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(yield* only, { status: "pass", checkedAtMillis: 20_000 })
      assert.strictEqual(rounds, 3)
    }).pipe(Effect.provide(HealthRegistry.layer)))

  it.effect("fails a check that is not done in time", () =>
    Effect.gen(function*() {
      const { register } = yield* HealthRegistry
      yield* register(check({ run: Effect.never }))
      yield* settle
      assert.deepInclude(yield* only, { status: "unknown" })
      yield* TestClock.adjust("2 seconds")
      assert.deepInclude(yield* only, { status: "fail", reason: "timed out after 2s", durationMillis: 2000 })
    }).pipe(Effect.provide(HealthRegistry.layer)))

  it.effect("fails a check that ignores its interruption every round, without starting it twice", () =>
    Effect.gen(function*() {
      const { register } = yield* HealthRegistry
      let started = 0
      const stuck = Effect.uninterruptible(Effect.sleep("25 seconds"))
      yield* register(check({ run: Effect.suspend(() => (started++, stuck)) }))
      yield* TestClock.adjust("2 seconds")
      yield* TestClock.adjust("10 seconds")
      yield* TestClock.adjust("2 seconds")
      assert.deepInclude(yield* only, { status: "fail", reason: "timed out after 2s", checkedAtMillis: 14_000 })
      assert.strictEqual(started, 1)
      yield* TestClock.adjust("20 seconds")
    }).pipe(Effect.provide(HealthRegistry.layer)))

  it.effect("takes a bug in a check for a failure and goes on checking", () =>
    Effect.gen(function*() {
      const { register } = yield* HealthRegistry
      let rounds = 0
      yield* register(
        check({ run: Effect.suspend(() => ++rounds === 1 ? Effect.die(new Error("oops")) : Effect.void) })
      )
      yield* settle
      assert.deepInclude(yield* only, { status: "fail", reason: "failed by a bug: Error: oops" })
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(yield* only, { status: "pass" })
    }).pipe(Effect.provide(HealthRegistry.layer)))

  it.effect("forgets a check when its scope closes", () =>
    Effect.gen(function*() {
      const { register, results } = yield* HealthRegistry
      const scope = yield* Scope.make()
      yield* Scope.provide(register(check({})), scope)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(yield* results, [])
    }).pipe(Effect.provide(HealthRegistry.layer)))

  it.effect("says nothing of a check that was running when its scope closed", () =>
    Effect.gen(function*() {
      const { register } = yield* HealthRegistry
      const lines: Array<unknown> = []
      const logger = Logger.layer([Logger.make(({ message }) => void lines.push(message))])
      const scope = yield* Scope.make()
      let cut = 0
      const run = Effect.onInterrupt(Effect.never, () => Effect.sync(() => void cut++))
      yield* Effect.provide(Scope.provide(register(check({ run })), scope), logger)
      yield* settle
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual([cut, lines], [1, []])
    }).pipe(Effect.provide(HealthRegistry.layer)))

  it.effect("takes a check that interrupts itself for a failure", () =>
    Effect.gen(function*() {
      const { register } = yield* HealthRegistry
      yield* register(check({ run: Effect.interrupt }))
      yield* settle
      assert.deepInclude(yield* only, { status: "fail" })
    }).pipe(Effect.provide(HealthRegistry.layer)))

  it.effect("dies when two checks have one name", () =>
    Effect.gen(function*() {
      const { register } = yield* HealthRegistry
      yield* register(check({}))
      const exit = yield* Effect.exit(register(check({})))
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
    }).pipe(Effect.provide(HealthRegistry.layer)))

  const verdicts: ReadonlyArray<readonly [string, ReadonlyArray<Partial<HealthCheck>>, string]> = [
    ["passes when there is no check", [], "pass"],
    ["passes when every check passes", [{}], "pass"],
    ["fails when a critical check fails", [{ run: failing("x") }, { name: "b" }], "fail"],
    ["warns when a degrading check fails", [{ criticality: "degrading", run: failing("x") }, { name: "b" }], "warn"],
    ["ignores a check that is for information", [{ criticality: "info", run: failing("x") }], "pass"],
    ["is unknown while a critical check has not run", [{ run: Effect.never }], "unknown"],
    ["does not mix the kinds", [{ kind: "liveness", run: failing("x") }], "pass"]
  ]
  it.effect.each(verdicts)("the verdict %s", ([, checks, expected]) =>
    Effect.gen(function*() {
      const { register, verdict } = yield* HealthRegistry
      for (const each of checks) yield* register(check(each))
      yield* settle
      assert.strictEqual(yield* verdict("readiness"), expected)
    }).pipe(Effect.provide(HealthRegistry.layer)))
})
