import { assert, describe, it, layer } from "@effect/vitest"
import { SettingsFiles } from "@heptad/common"
import { Kernel, LiveSettings, Operations } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { SamplePlugin } from "../src/plugin.ts"
import { Sample } from "../src/Sample.ts"
import { layerMemoryWith } from "../src/testing.ts"

const app = Kernel.layer([SamplePlugin])

const full = "There are 2 entries already. Remove some, or raise sample.capacity."

/** Whoever keeps the contract passes this suite. */
const suites = [
  { where: "in an app", provided: app.pipe(Layer.provide(settings({ sample: { capacity: 2 } }))) },
  { where: "in memory", provided: layerMemoryWith({ capacity: 2 }) }
]

describe.each(suites)("$where", ({ provided }) => {
  layer(provided)((it) => {
    it.effect("keeps entries by name, and refuses one more than there may be", () =>
      Effect.gen(function*() {
        const { get, put } = yield* Sample
        yield* put("colour", "green")
        yield* put("size", "small")
        const refused = yield* Effect.flip(put("weight", "light"))
        assert.strictEqual(refused.message, full)
        assert.deepStrictEqual(yield* get("weight"), Option.none())
        yield* put("size", "large")
        assert.deepStrictEqual(yield* get("size"), Option.some("large"))
      }))
  })
})

it.effect("takes another capacity while the app runs, and tells it to operators", () => {
  const environment = { SAMPLE_CAPACITY: "1" }
  const source = SettingsFiles.layer({ files: [], overrides: [], environment }).pipe(
    Layer.provide(FileSystem.layerNoop({}))
  )
  return Effect.gen(function*() {
    const { put } = yield* Sample
    yield* put("colour", "green")
    environment.SAMPLE_CAPACITY = "2"
    yield* (yield* LiveSettings).reload("a test")
    yield* put("size", "small")
    const operations = yield* (yield* Operations).all
    const answer = operations.get("sample-entries")?.run({}, { dryRun: false })
    assert.deepStrictEqual(yield* answer ?? Effect.void, { entries: 2, capacity: 2 })
  }).pipe(Effect.provide(Layer.provide(app, source)))
})
