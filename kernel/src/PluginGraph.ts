/**
 * Pure: a list of plugins becomes a graph with start waves, or every fault of the list at once. The only file that uses
 * Effect's unstable Graph and SemVer modules.
 */
import * as Arr from "effect/Array"
import * as Graph from "effect/Graph"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as SemVer from "effect/SemVer"
import * as SemVerRange from "effect/SemVerRange"
import type * as Contract from "./Contract.ts"
import * as Errors from "./errors.ts"
import type * as Plugin from "./Plugin.ts"

/** Why an edge exists: a contract that is required, or the rule that ambient plugins start before the others. */
export type Edge = "requires" | "ambient"

export interface PluginGraph {
  /** Node data is the plugin's name; an edge points from what starts first to what needs it. */
  readonly graph: Graph.DirectedGraph<string, Edge>
  /** The edges by name. */
  readonly edges: ReadonlyArray<{ readonly from: string; readonly to: string; readonly edge: Edge }>
  /** Plugins of one wave start concurrently; stopping goes through the waves in reverse. */
  readonly waves: ReadonlyArray<ReadonlyArray<Plugin.Any>>
}

type ByContract = ReadonlyMap<string, Plugin.Any>

const duplicates = (plugins: ReadonlyArray<Plugin.Any>): ReadonlyArray<Errors.Reason> =>
  Object.entries(Arr.groupBy(plugins, (plugin) => plugin.contract.name))
    .map(([contract, keepers]) => ({ contract, packages: keepers.map((keeper) => keeper.manifest.name) }))
    .flatMap((kept) => kept.packages.length > 1 ? [new Errors.DuplicatePlugin(kept)] : [])

/** The version that counts is the one of the keeper's contract: what is really there, not what was compiled against. */
const versionFault = (plugin: Plugin.Any, kept: Contract.Any): ReadonlyArray<Errors.Reason> => {
  const { package: name, version } = kept
  const range = plugin.manifest.peerDependencies?.[name]
  const unusable = (detail: string) => [new Errors.MissingRange({ plugin: plugin.name, package: name, detail })]
  if (name === plugin.manifest.name) return []
  if (range === undefined) return unusable("none given")
  const parsed = Result.all([SemVerRange.parse(range), SemVer.parse(version)])
  if (Result.isFailure(parsed)) return unusable(parsed.failure.message)
  return SemVerRange.matches(parsed.success[0], parsed.success[1], { includePrerelease: true })
    ? []
    : [new Errors.VersionOutOfRange({ plugin: plugin.name, package: name, range, version })]
}

const unmet = (plugin: Plugin.Any, byContract: ByContract): ReadonlyArray<Errors.Reason> =>
  plugin.requires.flatMap((contract) => {
    const kept = byContract.get(contract.name)
    const missing = { plugin: plugin.name, contract: contract.name, package: contract.package }
    return kept === undefined ? [new Errors.MissingPlugin(missing)] : versionFault(plugin, kept.contract)
  })

/** Nodes have the plugins' places in the list. An ambient plugin comes before all that it does not itself depend on. */
const draw = (plugins: ReadonlyArray<Plugin.Any>, byContract: ByContract): Graph.DirectedGraph<string, Edge> => {
  const required = Graph.directed<string, Edge>((mutable) => {
    for (const { name } of plugins) Graph.addNode(mutable, name)
    plugins.forEach((plugin, to) => {
      for (const { name } of plugin.requires) {
        const kept = byContract.get(name)
        if (kept !== undefined) Graph.addEdge(mutable, plugins.indexOf(kept), to, "requires")
      }
    })
  })
  return Graph.mutate(required, (mutable) => {
    plugins.forEach((ambient, from) => {
      plugins.forEach((other, to) => {
        const free = ambient.ambient && !other.ambient && !Graph.hasPath(required, to, from)
        if (free) Graph.addEdge(mutable, from, to, "ambient")
      })
    })
  })
}

const cycles = (plugins: ReadonlyArray<Plugin.Any>, graph: PluginGraph["graph"]): ReadonlyArray<Errors.Reason> =>
  Option.match(Graph.findCycle(graph), {
    onNone: () => [],
    onSome: ({ path }) => [new Errors.PluginCycle({ path: path.map((index) => plugins[index]?.name ?? "") })]
  })

/** The wave of a plugin is one more than the highest wave among what it waits for. */
const layout = (plugins: ReadonlyArray<Plugin.Any>, graph: PluginGraph["graph"]): PluginGraph["waves"] => {
  const wave = new Map<Graph.NodeIndex, number>()
  for (const [index] of Graph.topo(graph)) {
    wave.set(index, Math.max(-1, ...Graph.predecessors(graph, index).map((from) => wave.get(from) ?? 0)) + 1)
  }
  const waves: Array<Array<Plugin.Any>> = []
  plugins.forEach((plugin, index) => (waves[wave.get(index) ?? 0] ??= []).push(plugin))
  return waves
}

const edgesOf = (plugins: ReadonlyArray<Plugin.Any>, graph: PluginGraph["graph"]): PluginGraph["edges"] =>
  [...Graph.edges(graph)].map(([, { data: edge, source, target }]) => ({
    from: plugins[source]?.name ?? "",
    to: plugins[target]?.name ?? "",
    edge
  }))

/** The graph of these plugins, or everything that is wrong with them. */
export const make = (
  plugins: ReadonlyArray<Plugin.Any>
): Result.Result<PluginGraph, Arr.NonEmptyReadonlyArray<Errors.Reason>> => {
  const byContract = new Map(plugins.map((plugin) => [plugin.contract.name, plugin]))
  const graph = draw(plugins, byContract)
  const unmets = plugins.flatMap((plugin) => unmet(plugin, byContract))
  const faults = [...duplicates(plugins), ...unmets, ...cycles(plugins, graph)]
  return Arr.isReadonlyArrayNonEmpty(faults)
    ? Result.fail(faults)
    : Result.succeed({ graph, edges: edgesOf(plugins, graph), waves: layout(plugins, graph) })
}

/** The graph as a Mermaid flow chart; each arrow is labelled with its reason. */
export const toMermaid = ({ graph }: PluginGraph): string =>
  Graph.toMermaid(graph, { edgeLabel: (edge) => edge, direction: "LR" })

/** The graph for Graphviz. */
export const toDot = ({ graph }: PluginGraph): string =>
  Graph.toGraphViz(graph, { edgeLabel: (edge) => edge, graphName: "plugins" })
