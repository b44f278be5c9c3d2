import { describe, it } from "@effect/vitest"
import { Contract, Kernel, Plugin } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import { LoggerPlugin } from "@heptad/logger/plugin"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { join } from "node:path"
import { expect } from "vitest"
import { folder, records } from "./logged.ts"

const manifest = { name: "@test/shop", version: "1.0.0" }

const ShopPlugin = Plugin.make({
  manifest,
  contract: Contract.make({ name: "shop", manifest, services: [] }),
  requires: [],
  config: Schema.Struct({}),
  layer: () =>
    Layer.effectDiscard(Effect.gen(function*() {
      yield* Effect.addFinalizer(() => Effect.log("shop closes"))
      yield* Effect.logDebug("not at this level")
      yield* Effect.log("shop opens")
    }))
})

describe("the logger as an ambient plugin", () => {
  it.effect("takes what other plugins log, from their first line to their last, with their names", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "app.log")
      const app = Kernel.layer([ShopPlugin, LoggerPlugin])
      yield* Effect.log("in between").pipe(
        Effect.provide(Layer.provide(app, settings({ logger: { sinks: [{ type: "file", path }] } })))
      )
      expect(records(path).map(({ message, plugin }) => [message, plugin])).toEqual([
        ["shop opens", "shop"],
        ["in between", undefined],
        ["stopping: asked for by a signal, or the end of its scope", "kernel"],
        ["shop closes", "shop"],
        ["stopped: lame_duck 0 ms, accept 0 ms, requests 0 ms, jobs 0 ms, close 0 ms (shop 0 ms)", "kernel"]
      ])
    }))
})
