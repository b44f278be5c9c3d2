/**
 * The same Layers and settings as heptad.ts, composed by hand in the order that the kernel would find: no graph, no plan, no
 * waves, no drain, nothing to ask or to reload. `node --conditions=source byHand.ts <port> <data folder> [switches]`
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
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

const app = layer(BenchPlugin.prepare({}, "error")).pipe(
  Layer.provideMerge(layer(NetworkPlugin.prepare(chosen.network, "error"))),
  Layer.provideMerge(layer(MonitoringPlugin.prepare(chosen.monitoring, "error"))),
  Layer.provideMerge(layer(CommonPlugin.prepare(chosen.common, "error"))),
  Layer.provideMerge(layer(LoggerPlugin.prepare({}, "error"))),
  Layer.provide(layerQuiet)
)

NodeRuntime.runMain(Layer.launch(app))
