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
import * as Stream from "effect/Stream"
import { InvalidSetting } from "./errors.ts"
import { isSecretAt, keysAt } from "./internal/keys.ts"
import { nearest } from "./internal/nearest.ts"
import type { DrainPhase } from "./Lifecycle.ts"
import type * as Plugin from "./Plugin.ts"

/** How long starting and stopping may take. */
export interface Timing {
  /** For one plugin to be ready. */
  readonly startTimeout: Duration.Duration
  /** Serving on after readiness says no, so that balancers stop sending. */
  readonly lameDuck: Duration.Duration
  /** For each drain step, before what is left of it is cut. */
  readonly drain: Readonly<Record<DrainPhase, Duration.Duration>>
  /** For each plugin to close, before it is cut. */
  readonly close: Duration.Duration
  /** What the platform grants between SIGTERM and SIGKILL, where it is known. */
  readonly terminationGrace?: Duration.Duration
}

/**
 * What happens when a plugin does not start. `abort`: the boot fails. `retry`: it is tried again, then the boot fails.
 * `degrade`: the boot goes on without it, its contract is kept by a stub, and it is tried again until it starts.
 */
export interface FailurePolicy {
  readonly onFailure: "abort" | "retry" | "degrade"
  /** Tries in all, for `retry`. */
  readonly attempts: number
  /** The pause after the first failure; each next one is twice as long, up to `maxBackoff`. */
  readonly initialBackoff: Duration.Duration
  readonly maxBackoff: Duration.Duration
}

/** One documented setting, as it is in force. */
export interface Leaf {
  /** Dotted path, the section first. */
  readonly key: string
  /** The section, which is the plugin's name. */
  readonly plugin: string
  /** In the spelling of the settings files; undefined when it is neither written nor has a default. */
  readonly value: unknown
  /** Where the value was written; undefined for the default. */
  readonly origin: string | undefined
  /** The value is shown to nobody. */
  readonly secret: boolean
  /** A change is applied in place, without a restart of the plugin. */
  readonly reloadable: boolean
}

/** Something that an operator should know about the settings, though it is no fault. */
export interface Advice {
  /**
   * `alias`: another name of an environment variable was used. `not-applied`: a setting has no effect here.
   * `contradiction`: two settings disagree, and one of them won. `hint`: worth a thought.
   */
  readonly kind: "alias" | "not-applied" | "contradiction" | "hint"
  /** The settings that it is about. */
  readonly keys: ReadonlyArray<string>
  /** A sentence. */
  readonly message: string
}

export interface SettingsTree {
  /** Sections by plugin name. */
  readonly value: Readonly<Record<string, unknown>>
  /** Dotted path of a leaf or group (`thread.queue.capacity`, `logger.sinks.0.path`) -> where it was written. */
  readonly origins: ReadonlyMap<string, string>
  /** What went wrong while reading; told together with what goes wrong while decoding. */
  readonly faults: ReadonlyArray<InvalidSetting>
  /** Every documented setting of every section, in the order of their Schemas. */
  readonly settings: ReadonlyArray<Leaf>
  /** What the source noticed. Plugins add theirs. */
  readonly advice: ReadonlyArray<Advice>
  /** The files that were read, in the order of their precedence. */
  readonly files: ReadonlyArray<string>
  readonly timing: Timing
  /** By plugin name; `abort` where a plugin is not named. */
  readonly policies: Readonly<Record<string, FailurePolicy>>
}

export const empty: SettingsTree = {
  value: {},
  origins: new Map(),
  faults: [],
  settings: [],
  advice: [],
  files: [],
  timing: {
    startTimeout: Duration.minutes(1),
    lameDuck: Duration.zero,
    drain: { accept: Duration.seconds(20), requests: Duration.seconds(20), jobs: Duration.seconds(20) },
    close: Duration.seconds(20)
  },
  policies: {}
}

/** A part of the settings with the Schema that it must fit. */
export type Section = Pick<Plugin.Any, "name" | "config">

export interface Source {
  /** Reads the settings of these sections, for example from files and the environment. Never fails: faults are in the tree. */
  readonly read: (sections: ReadonlyArray<Section>) => Effect.Effect<SettingsTree>
  /** Emits why whenever the settings may have changed: the kernel reads them again. */
  readonly changes: Stream.Stream<string>
}

/** Where the settings come from; without one every setting has its default. */
export const SettingsSource = Context.Reference<Source>("@heptad/kernel/SettingsSource", {
  defaultValue: () => ({ read: () => Effect.succeed(empty), changes: Stream.never })
})

/** The origin of the closest ancestor that has one. */
const originOf = ({ origins }: SettingsTree, path: ReadonlyArray<string>): string =>
  path.map((_, index) => origins.get(path.slice(0, path.length - index).join("."))).find((at) => at !== undefined) ??
    "settings"

/** What stands at a path of plain data; undefined where nothing does. */
export const valueAt = (tree: unknown, path: ReadonlyArray<string>): unknown =>
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

/** Every plugin with its decoded settings, and what is wrong: without faults all are there. */
export const prepare = (plugins: ReadonlyArray<Plugin.Any>, tree: SettingsTree) => {
  const names = plugins.map((plugin) => plugin.name)
  const strangers = Object.keys(tree.value).filter((name) => !names.includes(name)).map((key) =>
    new InvalidSetting({ key, origin: originOf(tree, [key]), problem: didYouMean(key, names) })
  )
  const decoded = plugins.map((plugin) => ({ name: plugin.name, ...decode(plugin, tree, plugin.prepare) }))
  const prepared = new Map(
    decoded.flatMap(({ exit, name }) => Exit.isSuccess(exit) ? [[name, exit.value] as const] : [])
  )
  return { prepared, faults: [...tree.faults, ...strangers, ...decoded.flatMap(({ faults }) => faults)] }
}

/** Failure policies for plugins that are not there: a misspelt name would leave the real one without its policy. */
export const unknownPolicies = (
  plugins: ReadonlyArray<Plugin.Any>,
  tree: SettingsTree
): ReadonlyArray<InvalidSetting> => {
  const names = plugins.map((plugin) => plugin.name)
  return Object.keys(tree.policies).filter((name) => !names.includes(name)).map((name) => {
    const path = ["deployment", "plugins", name]
    return new InvalidSetting({ key: path.join("."), origin: originOf(tree, path), problem: didYouMean(name, names) })
  })
}
