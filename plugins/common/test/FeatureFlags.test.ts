import { assert, describe, it } from "@effect/vitest"
import { FeatureFlags, type Features } from "@heptad/common"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import { bucketOf } from "../src/internal/flags.ts"
import { flagEvaluations } from "../src/metrics.ts"

const ask = (flag: string, subject: string) => FeatureFlags.use(({ isEnabled }) => isEnabled(flag, subject))

const given = (features: Features) => Effect.provide(FeatureFlags.layer(features))

const users = Array.from({ length: 100_000 }, (_, index) => `user-${index}`)

const share = (flag: string, percentage: number) => users.filter((user) => bucketOf(flag, user) < percentage)

describe("FeatureFlags", () => {
  // Made by another implementation of the promised algorithm.
  for (
    const [flag, subject, bucket] of [
      ["new_checkout", "alice", 90],
      ["new_checkout", "bob", 62],
      ["new_checkout", "carol", 91],
      ["dark_mode", "alice", 52],
      ["naïve", "Zoë", 56],
      ["x", "a".repeat(1000), 30],
      ["", "", 5]
    ] as const
  ) {
    it(`puts "${subject.slice(0, 10)}" into bucket ${bucket} of "${flag}", on every machine for ever`, () => {
      assert.strictEqual(bucketOf(flag, subject), bucket)
    })
  }

  for (
    const [percentage, expected] of [[0, 0], [1, 1033], [10, 10_104], [50, 50_084], [90, 90_093], [
      100,
      100_000
    ]] as const
  ) {
    it(`${percentage} % are ${expected} of 100,000 users`, () => {
      assert.lengthOf(share("new_checkout", percentage), expected)
    })
  }

  it("gives two features to different users", () => {
    const both = new Set(share("a", 10))
    assert.strictEqual(share("b", 10).filter((user) => both.has(user)).length, 1045)
  })

  it.effect("keeps everybody who saw a feature when its percentage rises", () =>
    Effect.gen(function*() {
      const at = (rollout_percentage: number) =>
        Effect.filter(users.slice(0, 1000), (user) => ask("f", user)).pipe(given({ f: { rollout_percentage } }))
      const [few, many] = [yield* at(10), yield* at(40)]
      assert.isAbove(few.length, 0)
      assert.deepStrictEqual(few.filter((user) => !many.includes(user)), [])
    }))

  it.effect("shows a feature to who is allowed, hides it from who is denied, and deny wins", () =>
    Effect.gen(function*() {
      assert.isTrue(yield* ask("off", "alice"))
      assert.isFalse(yield* ask("off", "bob"))
      assert.isFalse(yield* ask("on", "bob"))
      assert.isTrue(yield* ask("on", "alice"))
      assert.isFalse(yield* ask("both", "alice"))
    }).pipe(given({
      off: { rollout_percentage: 0, allow: ["alice"] },
      on: { rollout_percentage: 100, deny: ["bob"] },
      both: { rollout_percentage: 100, allow: ["alice"], deny: ["alice"] }
    })))

  it.effect("counts every answer by flag and variant, those of unknown flags without a name", () =>
    Effect.gen(function*() {
      yield* Effect.forEach(["a", "b", "c"], (user) => ask("all", user))
      yield* ask("none", "a")
      yield* ask("nobody knows", "a")
      const count = (attributes: Record<string, string>) =>
        Effect.map(Metric.value(Metric.withAttributes(flagEvaluations, attributes)), (state) => state.count)
      assert.deepStrictEqual(
        yield* Effect.all([
          count({ flag: "all", variant: "on" }),
          count({ flag: "none", variant: "off" }),
          count({ variant: "unknown" })
        ]),
        [3, 1, 1]
      )
    }).pipe(
      given({ all: { rollout_percentage: 100 }, none: { rollout_percentage: 0 } }),
      Effect.provideService(Metric.MetricRegistry, new Map())
    ))

  it.effect("answers false for a flag that no setting knows, and says so once, for at most 100 names", () => {
    const told: Array<string> = []
    const journal = Logger.layer([Logger.make(({ message }) => told.push(String(message)))])
    return Effect.gen(function*() {
      assert.isFalse(yield* ask("typo", "alice"))
      assert.isFalse(yield* ask("typo", "bob"))
      assert.deepStrictEqual(told, ["feature flag typo is off: no setting knows it. Add common.features.typo."])
      yield* Effect.forEach(users.slice(0, 200), (name) => ask(name, "alice"))
      assert.lengthOf(told, 100)
    }).pipe(given({}), Effect.provide(journal))
  })
})
