/**
 * A list of plugins becomes one Layer: graph checked, settings decoded, waves built (siblings concurrently), and the
 * reverse when the scope closes. `launch` is for a main.
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Runtime from "effect/Runtime"
import { KernelError } from "./errors.ts"
import { build } from "./internal/boot.ts"
import type { Lifecycle } from "./Lifecycle.ts"
import type * as Plugin from "./Plugin.ts"
import * as PluginGraph from "./PluginGraph.ts"
import * as Settings from "./Settings.ts"

const check = Effect.fnUntraced(function*(plugins: ReadonlyArray<Plugin.Any>) {
  const tree = yield* Effect.flatMap(Settings.SettingsSource, (read) => read(plugins))
  const graph = PluginGraph.make(plugins)
  const { faults, layers } = Settings.prepare(plugins, tree)
  const reasons = [...(Result.isFailure(graph) ? graph.failure : []), ...faults]
  if (Arr.isArrayNonEmpty(reasons)) return yield* new KernelError({ reasons })
  return { waves: Result.getOrThrow(graph).waves, layers, timing: tree.timing, warnings: tree.warnings }
})

/**
 * One Layer of everything that the plugins provide, and of the kernel's own `Lifecycle`.
 *
 * Whatever stays in the Layer's requirements is a plugin that was forgotten. Nothing is started when the graph or a
 * setting is at fault: `KernelError` then lists every fault. A plugin that fails to start stops what had started before
 * it, in reverse. Settings come from the `SettingsSource` reference; without one every setting has its default.
 */
export const layer = <const Plugins extends ReadonlyArray<Plugin.Any>>(plugins: Plugins): Layer.Layer<
  Plugin.Provides<Plugins[number]> | Lifecycle,
  KernelError,
  Exclude<Plugin.Needs<Plugins[number]>, Plugin.Provides<Plugins[number]> | Lifecycle>
> => Layer.effectContext(Effect.flatMap(check(plugins), build))

/** Runs the plugins until the process is told to stop. */
export const launch = <const Plugins extends ReadonlyArray<Plugin.Any>>(plugins: Plugins) =>
  Layer.launch(layer(plugins))

/** Exit code 0 for a clean stop by signal, the code that the error asks for otherwise (78, 69, 70). */
export const teardown: Runtime.Teardown = (exit, onExit) =>
  onExit(
    Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : Runtime.getErrorExitCode(Cause.squash(exit.cause))
  )
