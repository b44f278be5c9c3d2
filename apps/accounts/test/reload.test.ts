/** What changes with the settings while the app runs. The title of a test starts with the key that it proves. */
import { assert, it } from "@effect/vitest"
import { CommonContract } from "@heptad/common"
import commonManifest from "@heptad/common/package.json" with { type: "json" }
import { changingSettings, layerMemory } from "@heptad/common/testing"
import { DatabaseContract } from "@heptad/database"
import databaseManifest from "@heptad/database/package.json" with { type: "json" }
import { TestDatabase } from "@heptad/database/testing"
import { Kernel, Plugin } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { AccountsPlugin } from "../src/plugin.ts"
import { allows, loads, remembering, until } from "./support.ts"

const Common = Plugin.make({
  manifest: commonManifest,
  contract: CommonContract,
  requires: [],
  config: Schema.Struct({}),
  layer: () => layerMemory
})

const Database = Plugin.make({
  manifest: databaseManifest,
  contract: DatabaseContract,
  requires: [],
  config: Schema.Struct({}),
  layer: () => TestDatabase.layer
})

it.live("accounts.cache.ttl: what is asked next is not remembered any more, and is again", () => {
  const settings = changingSettings({ accounts: {} })
  const twice = loads(Effect.andThen(allows("bob", [], "orders:read"), allows("bob", [], "orders:read")))
  return Effect.gen(function*() {
    yield* remembering
    assert.strictEqual(yield* twice, 1)
    yield* settings.change({ accounts: { cache: { ttl: "0s" } } })
    // What was remembered keeps the time that it was given; another subject is asked for anew.
    assert.strictEqual(yield* loads(Effect.all([allows("eve", [], "a:b"), allows("eve", [], "a:b")])), 2)
    yield* settings.change({ accounts: { cache: { ttl: "10ms" } } })
    yield* allows("joe", [], "a:b")
    yield* until(Effect.map(loads(allows("joe", [], "a:b")), (count) => count === 1))
  }).pipe(Effect.provide(Kernel.layer([Common, Database, AccountsPlugin]).pipe(Layer.provide(settings.layer))))
})
