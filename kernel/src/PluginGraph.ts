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
import * as Errors from "./errors.ts"
import type * as Plugin from "./Plugin.ts"

/** Why an edge exists: a contract that is required, or the rule that ambient plugins start before the others. */
export type Edge = "requires" | "ambient"

export interface PluginGraph {
  /** Node data is the plugin's name; an edge points from what starts first to what needs it. */
  readonly graph: Graph.DirectedGraph<string, Edge>
  /** Plugins of one wave start concurrently; stopping goes through the waves in reverse. */
  readonly waves: ReadonlyArray<ReadonlyArray<Plugin.Any>>
}

type ByContract = ReadonlyMap<string, Plugin.Any>

const duplicates = (plugins: ReadonlyArray<Plugin.Any>): Array<Errors.Reason> =>
  Object.entries(Arr.groupBy(plugins, (plugin) => plugin.contract.name))
    .filter(([, keepers]) => keepers.length > 1)
    .map(([contract, keepers]) =>
      new Errors.DuplicatePlugin({ contract, packages: keepers.map((keeper) => keeper.manifest.name) })
    )

const missing = (plugins: ReadonlyArray<Plugin.Any>, byContract: ByContract): Array<Errors.Reason> =>
  plugins.flatMap((plugin) =>
    plugin.requires
      .filter((contract) => !byContract.has(contract.name))
      .map((contract) =>
        new Errors.MissingPlugin({ plugin: plugin.name, contract: contract.name, package: contract.package })
      )
  )

/** The version that counts is the one of the keeper's contract: what is really there, not what was compiled against. */
const versionFault = (plugin: Plugin.Any, kept: Plugin.Any): ReadonlyArray<Errors.Reason> => {
  const { package: name, version } = kept.contract
  if (name === plugin.manifest.name) return []
  const text = plugin.manifest.peerDependencies?.[name]
  if (text === undefined) {
    return [new Errors.MissingRange({ plugin: plugin.name, package: name, detail: "none given" })]
  }
  const accepts = Result.all([SemVerRange.parse(text), SemVer.parse(version)]).pipe(
    Result.map(([range, parsed]) => SemVerRange.matches(range, parsed, { includePrerelease: true }))
  )
  if (Result.isFailure(accepts)) {
    return [new Errors.MissingRange({ plugin: plugin.name, package: name, detail: accepts.failure.message })]
  }
  return accepts.success
    ? []
    : [new Errors.VersionOutOfRange({ plugin: plugin.name, package: name, range: text, version })]
}

const versions = (plugins: ReadonlyArray<Plugin.Any>, byContract: ByContract): Array<Errors.Reason> =>
  plugins.flatMap((plugin) =>
    plugin.requires.flatMap((contract) => {
      const kept = byContract.get(contract.name)
      return kept === undefined ? [] : versionFault(plugin, kept)
    })
  )

/** Everything that an ambient plugin needs, itself included: these may not wait for it. */
const ambientClosure = (ambient: Plugin.Any, byContract: ByContract): ReadonlySet<string> => {
  const seen = new Set<string>()
  const visit = (plugin: Plugin.Any): void => {
    if (seen.has(plugin.name)) return
    seen.add(plugin.name)
    for (const contract of plugin.requires) {
      const kept = byContract.get(contract.name)
      if (kept !== undefined) visit(kept)
    }
  }
  visit(ambient)
  return seen
}

const draw = (plugins: ReadonlyArray<Plugin.Any>, byContract: ByContract): Graph.DirectedGraph<string, Edge> =>
  Graph.directed<string, Edge>((mutable) => {
    const nodes = new Map(plugins.map((plugin) => [plugin.name, Graph.addNode(mutable, plugin.name)]))
    const connect = (from: string, to: string, edge: Edge): void => {
      const source = nodes.get(from)
      const target = nodes.get(to)
      if (source !== undefined && target !== undefined) Graph.addEdge(mutable, source, target, edge)
    }
    for (const plugin of plugins) {
      for (const contract of plugin.requires) {
        const kept = byContract.get(contract.name)
        if (kept !== undefined) connect(kept.name, plugin.name, "requires")
      }
      if (!plugin.ambient) continue
      const closure = ambientClosure(plugin, byContract)
      for (const other of plugins) {
        if (!other.ambient && !closure.has(other.name)) connect(plugin.name, other.name, "ambient")
      }
    }
  })

const nameAt = (graph: Graph.DirectedGraph<string, Edge>, index: Graph.NodeIndex): string =>
  Option.getOrElse(Graph.getNode(graph, index), () => String(index))

const cycles = (graph: Graph.DirectedGraph<string, Edge>): Array<Errors.Reason> =>
  Option.match(Graph.findCycle(graph), {
    onNone: () => [],
    onSome: ({ path }) => [new Errors.PluginCycle({ path: path.map((index) => nameAt(graph, index)) })]
  })

/** The wave of a plugin is one more than the highest wave among what it waits for. */
const layout = (
  plugins: ReadonlyArray<Plugin.Any>,
  graph: Graph.DirectedGraph<string, Edge>
): ReadonlyArray<ReadonlyArray<Plugin.Any>> => {
  const wave = new Map<Graph.NodeIndex, number>()
  for (const [index] of Graph.topo(graph)) {
    const before = Graph.predecessors(graph, index).map((from) => wave.get(from) ?? 0)
    wave.set(index, before.length === 0 ? 0 : Math.max(...before) + 1)
  }
  const waves: Array<Array<Plugin.Any>> = []
  plugins.forEach((plugin, index) => (waves[wave.get(index) ?? 0] ??= []).push(plugin))
  return waves
}

/** The graph of these plugins, or everything that is wrong with them. */
export const make = (
  plugins: ReadonlyArray<Plugin.Any>
): Result.Result<PluginGraph, Arr.NonEmptyReadonlyArray<Errors.Reason>> => {
  const byContract = new Map(plugins.map((plugin) => [plugin.contract.name, plugin]))
  const graph = draw(plugins, byContract)
  const faults = [
    ...duplicates(plugins),
    ...missing(plugins, byContract),
    ...versions(plugins, byContract),
    ...cycles(graph)
  ]
  return Arr.isReadonlyArrayNonEmpty(faults)
    ? Result.fail(faults)
    : Result.succeed({ graph, waves: layout(plugins, graph) })
}

/** The graph as a Mermaid flow chart; dotted edges would hide the rule, so ambient edges carry a label. */
export const toMermaid = (graph: PluginGraph): string =>
  Graph.toMermaid(graph.graph, { edgeLabel: (edge) => edge, direction: "LR" })
