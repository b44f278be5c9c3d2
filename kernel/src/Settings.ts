/**
 * The merged settings tree, each leaf with its origin, and its closed decoding: every unknown key and every wrong value
 * of every plugin is told at once. Where the tree comes from is the business of a `SettingsSource`; the default is empty.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { Deployment } from "./Deployment.ts"
import * as Errors from "./errors.ts"
import { nearest } from "./internal/nearest.ts"
import type * as Plugin from "./Plugin.ts"
import * as Setting from "./Setting.ts"

export interface SettingsTree {
  readonly value: Readonly<Record<string, unknown>>
  /** Dotted path of a leaf or group (`thread.queue.capacity`, `logger.sinks.0.path`) -> where it was written. */
  readonly origins: ReadonlyMap<string, string>
  /** What went wrong while reading; told together with what goes wrong while decoding. */
  readonly faults: ReadonlyArray<Errors.InvalidSetting>
}

export const empty: SettingsTree = { value: {}, origins: new Map(), faults: [] }

/** Reads the settings. It is given every documented setting, so that it knows the environment names. */
export const SettingsSource = Context.Reference<
  (known: ReadonlyArray<Setting.Description>) => Effect.Effect<SettingsTree>
>("@heptad/kernel/SettingsSource", { defaultValue: () => () => Effect.succeed(empty) })

/** Every documented setting of these plugins and of the kernel itself. */
export const describe = (plugins: ReadonlyArray<Plugin.Any>): ReadonlyArray<Setting.Description> => [
  ...Setting.describe("deployment", Deployment),
  ...plugins.flatMap((plugin) => Setting.describe(plugin.name, plugin.config))
]

/** The origin of the closest ancestor that has one; a key that stands nowhere comes from a default. */
const originOf = (tree: SettingsTree, path: ReadonlyArray<string>): string => {
  for (let length = path.length; length > 0; length--) {
    const origin = tree.origins.get(path.slice(0, length).join("."))
    if (origin !== undefined) return origin
  }
  return "settings"
}

const valueAt = (tree: unknown, path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>(
    (node, key) => typeof node === "object" && node !== null ? Reflect.get(node, key) : undefined,
    tree
  )

const unknownKey = "unknown key"

const format = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => issue._tag === "UnexpectedKey" ? unknownKey : SchemaIssue.defaultLeafHook(issue)
})

const didYouMean = (key: string, candidates: ReadonlyArray<string>): string => {
  const guess = nearest(key, candidates)
  return guess === undefined
    ? `${unknownKey}; known here: ${candidates.toSorted().join(", ")}`
    : `${unknownKey}, did you mean "${guess}"?`
}

const problemAt = (
  schema: Schema.Top,
  section: string,
  tree: SettingsTree,
  path: ReadonlyArray<string>,
  message: string
) => {
  if (message === unknownKey) return didYouMean(path.at(-1) ?? "", Setting.keysAt(schema, path.slice(1, -1)))
  const value = valueAt(tree.value, path)
  const secret = Setting.describe(section, schema).some((known) =>
    known.secret === true && path.join(".").startsWith(known.path.join("."))
  )
  const got = secret || value === undefined || typeof value === "object" ? "" : `, got ${JSON.stringify(value)}`
  return message.charAt(0).toLowerCase() + message.slice(1) + got
}

const faultsOf = (section: string, schema: Schema.Top, tree: SettingsTree, error: Schema.SchemaError) =>
  format(error.issue).issues.map(({ message, path = [] }) => {
    const full = [section, ...path.map((step) => String(typeof step === "object" ? step.key : step))]
    return new Errors.InvalidSetting({
      key: full.join("."),
      origin: originOf(tree, full),
      problem: problemAt(schema, section, tree, full, message)
    })
  })

const schemaErrors = (exit: Exit.Exit<unknown, Schema.SchemaError>): ReadonlyArray<Schema.SchemaError> => {
  if (Exit.isSuccess(exit)) return []
  const error = Cause.squash(exit.cause)
  if (!Schema.isSchemaError(error)) throw error
  return [error]
}

const decodeSection = <A>(
  section: string,
  schema: Schema.Top,
  tree: SettingsTree,
  decode: (value: unknown, unknownKeys: Plugin.UnknownKeys) => Exit.Exit<A, Schema.SchemaError>
): { readonly value?: A; readonly faults: ReadonlyArray<Errors.InvalidSetting> } => {
  const written = tree.value[section] ?? {}
  const exit = decode(written, "error")
  if (Exit.isSuccess(exit)) return { value: exit.value, faults: [] }
  // In the items of a list an unknown key is told first; the second pass finds the wrong values behind it.
  const errors = [exit, decode(written, "ignore")].flatMap(schemaErrors)
  const faults = new Map(
    errors.flatMap((error) => faultsOf(section, schema, tree, error)).map((fault) => [fault.key, fault])
  )
  // A leaf that could not be read is already told; decoding what is left of it would tell it twice.
  for (const { key } of tree.faults) faults.delete(key)
  return { faults: [...faults.values()] }
}

const unknownSections = (plugins: ReadonlyArray<Plugin.Any>, tree: SettingsTree) => {
  const known = ["deployment", ...plugins.map((plugin) => plugin.name)]
  return Object.keys(tree.value).filter((section) => !known.includes(section)).map((section) =>
    new Errors.InvalidSetting({ key: section, origin: originOf(tree, [section]), problem: didYouMean(section, known) })
  )
}

export interface Prepared {
  /** Absent when the section itself is at fault. */
  readonly deployment: Deployment | undefined
  readonly layers: ReadonlyMap<string, Layer.Layer<never, unknown, unknown>>
  readonly faults: ReadonlyArray<Errors.InvalidSetting>
}

const decodeDeployment = (section: unknown, onExcessProperty: Plugin.UnknownKeys) =>
  Schema.decodeUnknownExit(Deployment)(section, { errors: "all", onExcessProperty })

/** Decodes every section; `layers` is complete only when there are no faults. */
export const prepare = (plugins: ReadonlyArray<Plugin.Any>, tree: SettingsTree): Prepared => {
  const deployment = decodeSection("deployment", Deployment, tree, decodeDeployment)
  const layers = new Map<string, Layer.Layer<never, unknown, unknown>>()
  const faults = [...tree.faults, ...unknownSections(plugins, tree), ...deployment.faults]
  for (const plugin of plugins) {
    const prepared = decodeSection(plugin.name, plugin.config, tree, plugin.prepare)
    faults.push(...prepared.faults)
    if (prepared.value !== undefined) layers.set(plugin.name, prepared.value)
  }
  return { deployment: deployment.value, layers, faults }
}

export interface NotApplied {
  readonly key: string
  readonly origin: string
  readonly why: string
}

/** The settings that somebody wrote and that have no effect, each with the reason. */
export const notApplied = (plugins: ReadonlyArray<Plugin.Any>, tree: SettingsTree): ReadonlyArray<NotApplied> =>
  describe(plugins).flatMap(({ notApplied: why, path }) => {
    const key = path.join(".")
    const origin = tree.origins.get(key) ?? [...tree.origins].find(([at]) => at.startsWith(`${key}.`))?.[1]
    return why === undefined || origin === undefined ? [] : [{ key, origin, why }]
  })
