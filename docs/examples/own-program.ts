/**
 * Systems of Heptad inside a program of one's own: the Layers of three plugins, settings from a file, a service used.
 *
 *     node --conditions=source docs/examples/own-program.ts
 *     node --conditions=source docs/examples/own-program.ts thread.pool_size=4    # settings as after --set
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { SettingsFiles } from "@heptad/common"
import { CommonPlugin } from "@heptad/common/plugin"
import { Kernel, Lifecycle } from "@heptad/kernel"
import { LoggerPlugin } from "@heptad/logger/plugin"
import { ThreadPool } from "@heptad/thread"
import { ThreadPlugin } from "@heptad/thread/plugin"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { fileURLToPath } from "node:url"

const plugins = [LoggerPlugin, CommonPlugin, ThreadPlugin] as const

const settings = SettingsFiles.layer({
  files: [fileURLToPath(new URL("own-program.yaml", import.meta.url))],
  overrides: process.argv.slice(2),
  environment: process.env
}).pipe(Layer.provide(NodeServices.layer))

/** The program: it knows services and no plugin. */
const squares = Effect.gen(function*() {
  const { stats, submit } = yield* ThreadPool
  const square = (n: number) => submit(Effect.sync(() => n * n))
  const results = yield* Effect.forEach([1, 2, 3, 4, 5], square, { concurrency: "unbounded" })
  const { fibers } = yield* stats
  return `${results.join(" ")}, at most ${fibers.size} at a time`
})

/** Ends with the effect: the app starts before it and stops after it. */
const task = Effect.gen(function*() {
  yield* Console.log(`task: ${yield* squares}`)
}).pipe(Effect.provide(Kernel.layer(plugins)))

/** Stays until SIGTERM, Ctrl-C, or until somebody asks `Lifecycle` for the end, as here. */
const server = Layer.effectDiscard(Effect.gen(function*() {
  yield* Console.log(`server: ${yield* squares}`)
  yield* (yield* Lifecycle).requestStop("an example that has nothing more to do")
})).pipe(Layer.provideMerge(Kernel.layer(plugins)))

const program = Effect.gen(function*() {
  const { start } = yield* Kernel.plan(plugins)
  yield* Console.log(`plan: ${start.map((wave) => wave.join(" and ")).join(", then ")}`)
  yield* task
  yield* Kernel.run(server)
})

NodeRuntime.runMain(Effect.provide(program, settings), { teardown: Kernel.teardown })
