/** Runs an app as several processes: what must exist once in this one, the plugins of the app in each of the others. */
import { Kernel, type Plugin, Settings } from "@heptad/kernel"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import { type Composition, within } from "../composition/compose.ts"
import type { ProcessesGaveUp } from "../errors.ts"
import { MergedMetrics } from "./MergedMetrics.ts"
import { processesPlugin, processesPluginWith } from "./plugin.ts"
import { quiet } from "./quiet.ts"
import { change, inForce } from "./sharing.ts"
import type { App } from "./supervisor.ts"
import * as Tree from "./tree.ts"

/** What observes, and what may be opened once only. */
const ofFirst = ["common", "logger", "monitoring"]

const runsServer = ({ value }: Settings.SettingsTree, plugins: ReadonlyArray<string>): boolean =>
  plugins.includes("database") && Settings.valueAt(value, ["database", "connections", "primary", "host"]) === undefined

/** Sessions that a process opens beside its share of the pool: its health check, its migrations. */
const besidePool = 4

/** The server must take the sessions of all processes. */
const roomFor = (tree: Settings.SettingsTree, count: number): Settings.SettingsTree => {
  const key = "database.connection_pool.max_size"
  const size = Number(inForce(tree, key)) + count * besidePool
  return { ...tree, value: change(tree.value, [key, size]) }
}

const withDatabase = (app: App) =>
  Effect.map(Effect.promise(() => import("@heptad/database/plugin")), (embedded) => [
    embedded.EmbeddedServerPlugin,
    processesPluginWith(app, embedded)
  ])

interface Given {
  readonly composition: Composition
  readonly count: number
  readonly app: string | undefined
  readonly args: ReadonlyArray<string>
}

/** Runs until the app is told to stop. `screen` is built when all processes serve. */
export const run = Effect.fnUntraced(function*<A, E>(
  { app, args, composition, count }: Given,
  screen: Layer.Layer<A, E, Plugin.KernelServices>
) {
  // All faults of all processes are told here, once, before any of them is started.
  const { tree } = yield* within(composition)(Kernel.check(composition.plugins))
  const sections = composition.plugins.map(({ name }) => name)
  const withServer = runsServer(tree, sections)
  const own = [...ofFirst, "network", ...(withServer ? ["database"] : [])].filter((name) => sections.includes(name))
  const trees = Tree.make({
    inner: composition.source,
    app: composition.plugins,
    own,
    adapt: withServer ? (part) => roomFor(part, count) : (part) => part
  })
  const metrics = new MergedMetrics()
  const gaveUp = yield* Deferred.make<ProcessesGaveUp>()
  const whole = { count, args, app, sections, trees, metrics, gaveUp }
  const plugins = [
    ...composition.plugins.filter(({ name }) => ofFirst.includes(name)),
    ...(withServer ? yield* withDatabase(whole) : [processesPlugin(whole)])
  ]
  yield* Kernel.run(Layer.provideMerge(screen, Kernel.layerOf(plugins.map(quiet)))).pipe(
    Effect.provideService(Settings.SettingsSource, trees.source),
    Effect.provideService(Metric.MetricRegistry, metrics)
  )
  if (Deferred.isDoneUnsafe(gaveUp)) return yield* yield* Deferred.await(gaveUp)
})
