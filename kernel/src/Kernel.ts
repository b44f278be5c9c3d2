/**
 * A list of plugins becomes one Layer: graph checked, settings decoded, waves built (siblings concurrently), and the
 * reverse when the scope closes. `launch` is for a main.
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Runtime from "effect/Runtime"
import { KernelError } from "./errors.ts"
import { build } from "./internal/boot.ts"
import { Lifecycle } from "./Lifecycle.ts"
import * as Plan from "./Plan.ts"
import type * as Plugin from "./Plugin.ts"
import * as PluginGraph from "./PluginGraph.ts"
import * as Settings from "./Settings.ts"

/** Every fault of the composition and of its settings, or what a plan and a boot are made of. Starts nothing. */
export const check = Effect.fnUntraced(function*(plugins: ReadonlyArray<Plugin.Any>) {
  const tree = yield* Effect.flatMap(Settings.SettingsSource, ({ read }) => read(plugins))
  const graph = PluginGraph.make(plugins)
  const { faults, prepared } = Settings.prepare(plugins, tree)
  const strangers = Settings.unknownPolicies(plugins, tree)
  const reasons = [...(Result.isFailure(graph) ? graph.failure : []), ...faults, ...strangers]
  if (Arr.isArrayNonEmpty(reasons)) return yield* new KernelError({ reasons })
  return { ...Result.getOrThrow(graph), prepared, tree } satisfies Plan.Checked
})

/** What would happen with these plugins and the settings of the `SettingsSource`. Opens and writes nothing. */
export const plan = (plugins: ReadonlyArray<Plugin.Any>): Effect.Effect<Plan.Plan, KernelError> =>
  Effect.map(check(plugins), Plan.make)

const boot = Effect.fnUntraced(function*(plugins: ReadonlyArray<Plugin.Any>) {
  return yield* build(yield* check(plugins), yield* Settings.SettingsSource)
})

/**
 * One Layer of everything that the plugins provide, and of the kernel's own services.
 *
 * Whatever stays in the Layer's requirements is a plugin that was forgotten. Nothing is started when the graph or a
 * setting is at fault: `KernelError` then lists every fault. A plugin that fails to start stops what had started before
 * it, in reverse, unless its failure policy says otherwise. Settings come from the `SettingsSource` reference; without one
 * every setting has its default.
 */
export const layer = <const Plugins extends ReadonlyArray<Plugin.Any>>(plugins: Plugins): Layer.Layer<
  Plugin.Provides<Plugins[number]> | Plugin.KernelServices,
  KernelError,
  Exclude<Plugin.Needs<Plugins[number]>, Plugin.Provides<Plugins[number]> | Plugin.KernelServices>
> => Layer.effectContext(boot(plugins))

/**
 * The same for a list that is only known at run time, for example from settings. The compiler cannot say what it provides or
 * which plugin was forgotten; the boot checks it, as always.
 */
export const layerOf = (
  plugins: ReadonlyArray<Plugin.Any>
): Layer.Layer<Plugin.KernelServices, KernelError> => Layer.effectContext(boot(plugins))

/** Runs an app until the process is told to stop, or somebody asked its `Lifecycle` for it. */
export const run = <A, E, R>(app: Layer.Layer<A | Lifecycle, E, R>): Effect.Effect<void, E, R> =>
  Effect.scoped(Effect.flatMap(Layer.build(app), (context) => Context.get(context, Lifecycle).stopRequested))

/** Runs the plugins until the process is told to stop. */
export const launch = <const Plugins extends ReadonlyArray<Plugin.Any>>(plugins: Plugins) => run(layer(plugins))

/** Exit code 0 for a clean stop by signal, the code that the error asks for otherwise (78, 69, 70). */
export const teardown: Runtime.Teardown = (exit, onExit) =>
  onExit(
    Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : Runtime.getErrorExitCode(Cause.squash(exit.cause))
  )
