import { assert, it } from "@effect/vitest"
import { Kernel, type LifecycleEvent, Onlooker } from "@heptad/kernel"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { fromTable } from "./plugins.ts"

it.effect("sees the boot while it still waits", () =>
  Effect.gen(function*() {
    const seen = yield* Deferred.make<LifecycleEvent>()
    const plugins = fromTable({ slow: { build: Deferred.await(seen) } })
    const onlooker: typeof Onlooker.Service = ({ events }) =>
      Stream.runForEach(events, (event) => Deferred.succeed(seen, event))
    yield* Effect.scoped(Layer.build(Kernel.layerOf(plugins))).pipe(Effect.provideService(Onlooker, onlooker))
    assert.deepStrictEqual(yield* Deferred.await(seen), { _tag: "PluginStarting", name: "slow", attempt: 1 })
  }))

it.effect("holds nothing up, whether it fails, dies or never ends", () =>
  Effect.gen(function*() {
    for (const look of [Effect.fail("blind"), Effect.die("bug"), Effect.never]) {
      const journal: Array<string> = []
      yield* Effect.scoped(Layer.build(Kernel.layerOf(fromTable({ a: {} }, journal)))).pipe(
        Effect.provideService(Onlooker, () => look)
      )
      assert.deepStrictEqual(journal, ["start a", "stop a"])
    }
  }))
