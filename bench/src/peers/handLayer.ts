/** The Layers of heptad.ts composed by hand, in the order that the kernel would find. */
import { CommonPlugin } from "@heptad/common/plugin"
import { layerQuiet } from "@heptad/kernel/testing"
import { LoggerPlugin } from "@heptad/logger/plugin"
import { MonitoringPlugin } from "@heptad/monitoring/plugin"
import { NetworkPlugin } from "@heptad/network/plugin"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BenchPlugin, chosen } from "./heptadApp.ts"

const layer = <A, E, R>(prepared: Effect.Effect<{ readonly layer: Layer.Layer<A, E, R> }, unknown>) =>
  Layer.unwrap(Effect.map(prepared, ({ layer }) => layer))

/** Decoded anew for every build, as the kernel does. `logger`: its settings. */
export const byHand = (logger: unknown): Layer.Layer<never, unknown> =>
  Layer.suspend(() =>
    layer(BenchPlugin.prepare({}, "error")).pipe(
      Layer.provideMerge(layer(NetworkPlugin.prepare(chosen.network, "error"))),
      Layer.provideMerge(layer(MonitoringPlugin.prepare(chosen.monitoring, "error"))),
      Layer.provideMerge(layer(CommonPlugin.prepare(chosen.common, "error"))),
      Layer.provideMerge(layer(LoggerPlugin.prepare(logger, "error"))),
      Layer.provide(layerQuiet)
    )
  )
