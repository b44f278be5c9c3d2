/**
 * Pure: what would happen with these plugins and settings, told before anything is opened or written. The boot follows the
 * same plan, so that what was planned and what happened cannot differ.
 */
import * as Duration from "effect/Duration"
import type { StopStep } from "./Lifecycle.ts"
import type * as Plugin from "./Plugin.ts"
import type { Edge, PluginGraph } from "./PluginGraph.ts"
import type { Advice, FailurePolicy, SettingsTree, Timing } from "./Settings.ts"

export interface PlannedPlugin {
  readonly name: string
  readonly package: string
  readonly version: string
  readonly wave: number
  readonly ambient: boolean
  /** Names of the contracts that it requires. */
  readonly requires: ReadonlyArray<string>
  /** Plugins that must have started before it. */
  readonly waitsFor: ReadonlyArray<string>
  readonly onFailure: FailurePolicy["onFailure"]
  readonly paths: ReadonlyArray<string>
  /** Settings of its section that somebody wrote. */
  readonly written: ReadonlyArray<string>
}

export interface PlannedEdge {
  readonly from: string
  readonly to: string
  readonly edge: Edge
  /** A sentence. */
  readonly why: string
}

export interface PlannedNeed extends Plugin.Need {
  readonly plugin: string
}

export interface PlannedStop {
  readonly steps: ReadonlyArray<{ readonly step: StopStep; readonly budgetMillis: number }>
  /** The longest that a stop can take: every budget used up. */
  readonly budgetMillis: number
  /** What the platform must grant between SIGTERM and SIGKILL, whole seconds, with a margin of 5 s. */
  readonly terminationGracePeriodSeconds: number
}

export interface Plan {
  readonly plugins: ReadonlyArray<PlannedPlugin>
  /** Plugins of one wave start concurrently. */
  readonly start: ReadonlyArray<ReadonlyArray<string>>
  /** Plugins of one wave close concurrently. */
  readonly stop: ReadonlyArray<ReadonlyArray<string>>
  readonly edges: ReadonlyArray<PlannedEdge>
  /** The longest chain of plugins that wait for each other. */
  readonly criticalPath: ReadonlyArray<string>
  readonly needs: ReadonlyArray<PlannedNeed>
  readonly files: ReadonlyArray<string>
  readonly advice: ReadonlyArray<Advice>
  readonly drain: PlannedStop
}

/** What a plan is made of: a checked composition. */
export interface Checked extends PluginGraph {
  readonly prepared: ReadonlyMap<string, Plugin.AnyPrepared>
  readonly tree: SettingsTree
}

const why = (from: string, to: string, edge: Edge): string =>
  edge === "requires"
    ? `"${to}" requires the contract that "${from}" keeps`
    : `"${from}" is ambient: everybody uses it without naming it`

const stopOf = ({ close, drain, lameDuck }: Timing, waves: number): PlannedStop => {
  const steps = [
    { step: "lame_duck", budgetMillis: Duration.toMillis(lameDuck) },
    { step: "accept", budgetMillis: Duration.toMillis(drain.accept) },
    { step: "requests", budgetMillis: Duration.toMillis(drain.requests) },
    { step: "jobs", budgetMillis: Duration.toMillis(drain.jobs) },
    { step: "close", budgetMillis: Duration.toMillis(close) * waves }
  ] as const
  const budgetMillis = steps.reduce((sum, step) => sum + step.budgetMillis, 0)
  return { steps, budgetMillis, terminationGracePeriodSeconds: Math.ceil(budgetMillis / 1000) + 5 }
}

/** The longest way through the graph, by number of plugins; of equals the one that comes first in the list. */
const longestChain = (plugins: ReadonlyArray<PlannedPlugin>): ReadonlyArray<string> => {
  const byName = new Map(plugins.map((plugin) => [plugin.name, plugin]))
  const chains = new Map<string, ReadonlyArray<string>>()
  const longest = (all: ReadonlyArray<ReadonlyArray<string>>) =>
    all.reduce<ReadonlyArray<string>>((best, chain) => chain.length > best.length ? chain : best, [])
  const to = (name: string): ReadonlyArray<string> => {
    const known = chains.get(name)
    if (known !== undefined) return known
    const chain = [...longest((byName.get(name)?.waitsFor ?? []).map(to)), name]
    chains.set(name, chain)
    return chain
  }
  return longest(plugins.map(({ name }) => to(name)))
}

const graceAdvice = ({ terminationGrace }: Timing, drain: PlannedStop): ReadonlyArray<Advice> =>
  terminationGrace === undefined || Duration.toMillis(terminationGrace) >= drain.budgetMillis ? [] : [{
    kind: "contradiction",
    keys: ["deployment.termination_grace", "deployment.drain"],
    message: `deployment.termination_grace (${Duration.format(terminationGrace)}) is shorter than the stop may take ` +
      `(${Duration.format(Duration.millis(drain.budgetMillis))}): the platform would kill the app. ` +
      `Grant ${drain.terminationGracePeriodSeconds} s, or shorten deployment.drain.`
  }]

/** What the source of the settings and the plugins have to say about them. */
export const adviceOf = ({ prepared, tree }: Pick<Checked, "prepared" | "tree">): ReadonlyArray<Advice> => [
  ...tree.advice,
  ...[...prepared.values()].flatMap(({ advice }) => advice)
]

/** The plan of a checked composition. */
export const make = ({ edges, prepared, tree, waves }: Checked): Plan => {
  const drain = stopOf(tree.timing, waves.length)
  const planned = edges.map(({ edge, from, to }) => ({ from, to, edge, why: why(from, to, edge) }))
  const plugins = waves.flatMap((wave, index) =>
    wave.map((plugin): PlannedPlugin => ({
      name: plugin.name,
      package: plugin.manifest.name,
      version: plugin.manifest.version,
      wave: index,
      ambient: plugin.ambient,
      requires: plugin.requires.map(({ name }) => name),
      waitsFor: planned.filter(({ to }) => to === plugin.name).map(({ from }) => from),
      onFailure: tree.policies[plugin.name]?.onFailure ?? "abort",
      paths: plugin.paths,
      written: tree.settings.filter((leaf) => leaf.plugin === plugin.name && leaf.origin !== undefined)
        .map(({ key }) => key)
    }))
  )
  const start = waves.map((wave) => wave.map(({ name }) => name))
  return {
    plugins,
    start,
    stop: start.toReversed(),
    edges: planned,
    criticalPath: longestChain(plugins),
    needs: [...prepared].flatMap(([plugin, { needs }]) => needs.map((need) => ({ plugin, ...need }))),
    files: tree.files,
    advice: [...adviceOf({ prepared, tree }), ...graceAdvice(tree.timing, drain)],
    drain
  }
}
