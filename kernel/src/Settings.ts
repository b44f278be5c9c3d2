/**
 * The merged settings tree, each leaf with its origin, and its closed decoding: every unknown key and every wrong value
 * of every plugin is told at once. Where the tree comes from is the business of a `SettingsSource`; the default is empty.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import { InvalidSetting } from "./errors.ts"
import { isSecretAt, keysAt } from "./internal/keys.ts"
import { nearest } from "./internal/nearest.ts"
import type * as Plugin from "./Plugin.ts"

/** How long starting and stopping may take. */
export interface Timing {
  /** For one plugin to be ready. */
  readonly startTimeout: Duration.Duration
  /** Serving on after readiness says no, so that balancers stop sending. */
  readonly lameDuck: Duration.Duration
  /** For each drain step and for each plugin to stop, before it is cut. */
  readonly drainBudget: Duration.Duration
}

export interface SettingsTree {
  /** Sections by plugin name. */
  readonly value: Readonly<Record<string, unknown>>
  /** Dotted path of a leaf or group (`thread.queue.capacity`, `logger.sinks.0.path`) -> where it was written. */
  readonly origins: ReadonlyMap<string, string>
  /** What went wrong while reading; told together with what goes wrong while decoding. */
  readonly faults: ReadonlyArray<InvalidSetting>
  /** Told once the app runs: settings without effect, aliases, contradictions. */
  readonly warnings: ReadonlyArray<string>
  readonly timing: Timing
}

export const empty: SettingsTree = {
  value: {},
  origins: new Map(),
  faults: [],
  warnings: [],
  timing: { startTimeout: Duration.minutes(1), lameDuck: Duration.zero, drainBudget: Duration.seconds(20) }
}

/** A part of the settings with the Schema that it must fit. */
export type Section = Pick<Plugin.Any, "name" | "config">

/** Reads the settings of these sections, for example from files and the environment. */
export const SettingsSource = Context.Reference<
  (sections: ReadonlyArray<Section>) => Effect.Effect<SettingsTree>
>("@heptad/kernel/SettingsSource", { defaultValue: () => () => Effect.succeed(empty) })

/** The origin of the closest ancestor that has one. */
const originOf = ({ origins }: SettingsTree, path: ReadonlyArray<string>): string =>
  path.map((_, index) => origins.get(path.slice(0, path.length - index).join("."))).find((at) => at !== undefined) ??
    "settings"

const valueAt = (tree: unknown, path: ReadonlyArray<string>): unknown =>
  path.reduce((node, key) => typeof node === "object" && node !== null ? Reflect.get(node, key) : undefined, tree)

const unknownKey = "unknown key"

const format = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => issue._tag === "UnexpectedKey" ? unknownKey : SchemaIssue.defaultLeafHook(issue)
})

const didYouMean = (key: string, candidates: ReadonlyArray<string>): string => {
  const guess = nearest(key, candidates)
  const hint = guess === undefined ? `; known here: ${candidates.toSorted().join(", ")}` : `, did you mean "${guess}"?`
  return unknownKey + hint
}

const problemAt = (ast: AST.AST, tree: SettingsTree, path: ReadonlyArray<string>, message: string): string => {
  if (message === unknownKey) return didYouMean(path.at(-1) ?? "", keysAt(ast, path.slice(1, -1)))
  const value = valueAt(tree.value, path)
  const shown = value !== undefined && typeof value !== "object" && !isSecretAt(ast, path.slice(1))
  return message.charAt(0).toLowerCase() + message.slice(1) + (shown ? `, got ${JSON.stringify(value)}` : "")
}

const faultsOf = ({ config, name }: Section, tree: SettingsTree, exit: Exit.Exit<unknown, Schema.SchemaError>) => {
  if (Exit.isSuccess(exit)) return []
  const error = Cause.squash(exit.cause)
  if (!Schema.isSchemaError(error)) throw error
  return format(error.issue).issues.map(({ message, path: steps = [] }) => {
    const path = [name, ...steps.map((step) => String(typeof step === "object" ? step.key : step))]
    const problem = problemAt(config.ast, tree, path, message)
    return new InvalidSetting({ key: path.join("."), origin: originOf(tree, path), problem })
  })
}

/** A decoded section and what is wrong with it. What could not even be read is told by the tree and not again here. */
export const decode = <A>(
  section: Section,
  tree: SettingsTree,
  by: (written: unknown, unknownKeys: Plugin.UnknownKeys) => Exit.Exit<A, Schema.SchemaError>
) => {
  const written = tree.value[section.name] ?? {}
  const exit = by(written, "error")
  // In the items of a list an unknown key is told first; the second pass finds the wrong values behind it.
  const exits = Exit.isSuccess(exit) ? [] : [exit, by(written, "ignore")]
  const found = new Map(exits.flatMap((exit) => faultsOf(section, tree, exit)).map((fault) => [fault.key, fault]))
  for (const { key } of tree.faults) found.delete(key)
  return { exit, faults: [...found.values()] }
}

/** The Layer of every plugin with its decoded settings, and what is wrong: without faults the Layers are complete. */
export const prepare = (plugins: ReadonlyArray<Plugin.Any>, tree: SettingsTree) => {
  const names = plugins.map((plugin) => plugin.name)
  const strangers = Object.keys(tree.value).filter((name) => !names.includes(name)).map((key) =>
    new InvalidSetting({ key, origin: originOf(tree, [key]), problem: didYouMean(key, names) })
  )
  const decoded = plugins.map((plugin) => ({ name: plugin.name, ...decode(plugin, tree, plugin.prepare) }))
  const layers = new Map(decoded.flatMap(({ exit, name }) => Exit.isSuccess(exit) ? [[name, exit.value] as const] : []))
  return { layers, faults: [...tree.faults, ...strangers, ...decoded.flatMap(({ faults }) => faults)] }
}
