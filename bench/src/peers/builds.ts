/**
 * Builds the Layers of heptad.ts by the kernel and by hand, in turn in one process, and prints the milliseconds of each build as
 * JSON. With the modules loaded and the code warm, what is left of the difference is the kernel's own work.
 * `node --conditions=source builds.ts 0 <data folder> 0 <count>`
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { CommonPlugin } from "@heptad/common/plugin"
import { Kernel } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import { LoggerPlugin } from "@heptad/logger/plugin"
import { MonitoringPlugin } from "@heptad/monitoring/plugin"
import { NetworkPlugin } from "@heptad/network/plugin"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { byHand } from "./handLayer.ts"
import { BenchPlugin, chosen } from "./heptadApp.ts"

/** Standard output belongs to the figures. */
const logger = { sinks: [{ type: "file", path: "/dev/null" }] }

const count = Number(process.argv[5])
const hand = byHand(logger)

const byKernel = Kernel.layer([LoggerPlugin, MonitoringPlugin, CommonPlugin, NetworkPlugin, BenchPlugin]).pipe(
  Layer.provide(settings({ ...chosen, logger }))
)

const once = Effect.fnUntraced(function*<A, E>(layer: Layer.Layer<A, E>) {
  const scope = yield* Scope.make()
  const before = performance.now()
  yield* Layer.buildWithScope(Layer.fresh(layer), scope)
  const millis = performance.now() - before
  yield* Scope.close(scope, Exit.void)
  return millis
})

Effect.gen(function*() {
  const pairs: Array<{ readonly kernel: number; readonly hand: number }> = []
  for (let index = 0; index < count; index++) {
    const first = yield* once(index % 2 === 0 ? byKernel : hand)
    const second = yield* once(index % 2 === 0 ? hand : byKernel)
    pairs.push(index % 2 === 0 ? { kernel: first, hand: second } : { kernel: second, hand: first })
  }
  yield* Console.log(JSON.stringify(pairs))
}).pipe(NodeRuntime.runMain)
