/** What changes with the settings while the app runs. The title of a test starts with the key that it proves. */
import { assert, it } from "@effect/vitest"
import { DataDirectory, ErrorDetail, ErrorRegistry, FeatureFlags, HealthRegistry, Pace } from "@heptad/common"
import { CommonPlugin } from "@heptad/common/plugin"
import { changingSettings } from "@heptad/common/testing"
import { Kernel, type LiveSettings } from "@heptad/kernel"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "heptad-common-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

type Section = Readonly<Record<string, unknown>>
type Change = (next: Section) => Effect.Effect<unknown, unknown, LiveSettings>

const running = <A, E, R>(first: Section, test: (change: Change) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(folder, (data_dir) => {
    const settings = changingSettings({ common: { data_dir, ...first } })
    const change: Change = (next) => settings.change({ common: { data_dir, ...next } })
    return Effect.provide(test(change), Kernel.layer([CommonPlugin]).pipe(Layer.provide(settings.layer)))
  })

it.live("common.error_handling.detailed_errors: who asks whether to show details gets the new answer", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      const detail = yield* ErrorDetail
      assert.isFalse(detail.detailed)
      yield* change({ error_handling: { detailed_errors: true } })
      assert.isTrue(detail.detailed)
    })))

it.live("common.features: a flag is rolled out, and a new one is known, without a restart", () =>
  running({ features: { checkout: { rollout_percentage: 0 } } }, (change) =>
    Effect.gen(function*() {
      const { isEnabled } = yield* FeatureFlags
      const both = Effect.all([isEnabled("checkout", "alice"), isEnabled("search", "alice")])
      assert.deepStrictEqual(yield* both, [false, false])
      yield* change({
        features: { checkout: { rollout_percentage: 100 }, search: { rollout_percentage: 0, allow: ["alice"] } }
      })
      assert.deepStrictEqual(yield* both, [true, true])
    })))

it.live("common.error_handling.error_registry.flush_interval: the counts are written in the new rhythm at once", () => {
  const kept = (flush_interval: string) => ({ error_handling: { error_registry: { persist: true, flush_interval } } })
  return running(kept("1h"), (change) =>
    Effect.gen(function*() {
      const { record } = yield* ErrorRegistry
      yield* record(new Error("boom"))
      yield* change(kept("10ms"))
      const file = join((yield* DataDirectory).path, "error_registry.json")
      yield* Effect.sleep("5 millis").pipe(Effect.repeat({ until: () => existsSync(file) }))
    }))
})

it.effect("a health check keeps the pace that it is given, and a new pace counts at once", () =>
  Effect.gen(function*() {
    const { register } = yield* HealthRegistry
    const pace = new Pace(Duration.hours(1))
    let rounds = 0
    yield* register({
      name: "paced",
      kind: "readiness",
      criticality: "info",
      interval: pace,
      timeout: Duration.seconds(1),
      run: Effect.sync(() => void rounds++)
    })
    yield* TestClock.adjust("30 minutes")
    assert.strictEqual(rounds, 1)
    yield* pace.set(Duration.seconds(10))
    yield* TestClock.adjust(0)
    assert.strictEqual(rounds, 2)
    yield* TestClock.adjust("20 seconds")
    assert.strictEqual(rounds, 4)
    yield* pace.set(Duration.seconds(10))
    yield* TestClock.adjust(0)
    assert.strictEqual(rounds, 4)
  }).pipe(Effect.provide(HealthRegistry.layer)))
