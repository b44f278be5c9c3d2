import { assert, describe, it } from "@effect/vitest"
import { DataDirectory, ErrorDetail, ErrorRegistry, EventBus, FeatureFlags, HealthRegistry } from "@heptad/common"
import { layerMemory } from "@heptad/common/testing"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"

describe("layerMemory", () => {
  it.live("provides every service of the contract and leaves nothing behind", () =>
    Effect.gen(function*() {
      const path = yield* Effect.gen(function*() {
        yield* Effect.all([ErrorDetail, ErrorRegistry, EventBus, FeatureFlags, HealthRegistry])
        const directory = yield* DataDirectory
        yield* directory.secret("jwt", 32)
        assert.isTrue(existsSync(directory.path))
        return directory.path
      }).pipe(Effect.provide(layerMemory))
      assert.isFalse(existsSync(path))
    }))
})
