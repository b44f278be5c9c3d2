/**
 * A plugin is a contract plus one Layer. `make` ties them: the Layer provides every service of the contract and needs
 * only services of the contracts under `requires`, or it does not compile.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Contract from "./Contract.ts"
import type { Explanation } from "./Explanation.ts"
import type { Lifecycle } from "./Lifecycle.ts"
import type { LiveSettings } from "./LiveSettings.ts"
import type { Operations } from "./Operations.ts"
import type { Advice } from "./Settings.ts"

/** What the kernel itself gives to every plugin. */
export type KernelServices = Lifecycle | LiveSettings | Operations

/** "ignore" exists to find the wrong values that hide behind unknown keys. */
export type UnknownKeys = "error" | "ignore"

/** Something outside of the process that a plugin will use with its present settings. */
export interface Need {
  /** `port` is listened on, `host` is connected to, a `file` is read, a `directory` is written, a `secret` is asked for. */
  readonly kind: "port" | "host" | "file" | "directory" | "secret"
  /** `127.0.0.1:8080`, `db.example.com:5432`, a path, or what the secret is for. Never the secret itself. */
  readonly what: string
  /** The setting that decides it. */
  readonly key: string
  /** In which way it will be used, in words, where that is worth a line. */
  readonly how?: string
}

/** Later versions of the plugin's settings, while it runs. */
export interface Live<out Config> {
  /**
   * Hands every later version to `apply` until the scope closes. `apply` takes what it can change in place; settings that
   * are not marked as reloadable may differ too and are left to the next start.
   */
  readonly onChange: (apply: (next: Config) => Effect.Effect<void>) => Effect.Effect<void, never, Scope.Scope>
}

/** A plugin with its settings decoded. Nothing is built yet. */
export interface Prepared<in Provides, out E, out Needs> {
  readonly layer: Layer.Layer<Provides, E, Needs>
  readonly needs: ReadonlyArray<Need>
  readonly advice: ReadonlyArray<Advice>
  /** Decodes a later version of the section. The effect hands it to what was built of `layer`. */
  readonly renew: (section: unknown, keys: UnknownKeys) => Exit.Exit<Effect.Effect<void>, Schema.SchemaError>
}

export type AnyPrepared = Prepared<never, unknown, unknown>

/** A text, not a symbol: a plugin of a package that brought a kernel of its own is still one. */
const TypeId = "~@heptad/kernel/Plugin"

export interface Plugin<in Provides, out E, out Needs> {
  readonly [TypeId]: typeof TypeId
  /** Name of the settings section, of the graph node and of the log annotation. */
  readonly name: string
  readonly manifest: Contract.Manifest
  readonly contract: Contract.Any
  readonly requires: ReadonlyArray<Contract.Any>
  readonly config: Schema.Top
  /** Started first and stopped last, because everybody uses it without naming it: logger and monitoring. */
  readonly ambient: boolean
  readonly paths: ReadonlyArray<string>
  readonly explanations: ReadonlyArray<Explanation>
  /** What others may read off the plugin without building it, by the keys of those who read it. */
  readonly annotations: Context.Context<never>
  /** Decodes the plugin's section and makes the Layer of it; nothing is built yet. */
  readonly prepare: (
    section: unknown,
    keys: UnknownKeys
  ) => Exit.Exit<Prepared<Provides, E, Needs>, Schema.SchemaError>
}

/** Any plugin. `Provides` is `never` because Layer is contravariant in what it provides. */
export type Any = Plugin<never, unknown, unknown>

/** For values that come from a module which nobody compiled with this app. */
export const isPlugin = (value: unknown): value is Any => Predicate.hasProperty(value, TypeId)

export type Provides<P> = P extends Plugin<infer A, unknown, unknown> ? A : never
export type Needs<P> = P extends Plugin<never, unknown, infer R> ? R : never

/** What the Layer of a plugin may need: the services of the contracts that it names, and the kernel's. */
type Given<Requires extends ReadonlyArray<Contract.Any>> = Contract.Services<Requires[number]> | KernelServices

interface Definition<Promised, Requires extends ReadonlyArray<Contract.Any>, Config, E> {
  readonly layer: (config: Config, live: Live<Config>) => Layer.Layer<Promised, E, Given<Requires>>
  /** What these settings will use outside of the process; for the plan, so it opens nothing. Default: nothing. */
  readonly needs?: (config: Config) => ReadonlyArray<Need>
  /** What an operator should know about these settings: contradictions and what is not applied here. Default: nothing. */
  readonly advice?: (config: Config) => ReadonlyArray<Advice>
}

const nothing = () => []

/** The listeners belong to one boot: two boots of one plugin value do not hear each other. */
const live = <Config>() => {
  const listeners = new Set<(next: Config) => Effect.Effect<void>>()
  const onChange: Live<Config>["onChange"] = (apply) =>
    Effect.asVoid(
      Effect.acquireRelease(Effect.sync(() => listeners.add(apply)), () => Effect.sync(() => listeners.delete(apply)))
    )
  const tell = (next: Config) => Effect.forEach([...listeners], (apply) => apply(next), { discard: true })
  return { onChange, tell }
}

export const make = <
  Promised,
  const Requires extends ReadonlyArray<Contract.Any>,
  Config extends Schema.ConstraintDecoder<unknown>,
  E
>(
  {
    advice = nothing,
    ambient = false,
    annotations = Context.empty(),
    contract,
    explanations = [],
    layer,
    name = contract.name,
    needs = nothing,
    paths = [],
    ...rest
  }: {
    readonly manifest: Contract.Manifest
    /** The contract that this plugin keeps, its own or another package's. */
    readonly contract: Contract.Contract<string, Promised>
    /** Section name when it differs from the contract's, for plugins that keep another package's contract. */
    readonly name?: string
    readonly requires: Requires
    readonly config: Config & Schema.Top
    readonly ambient?: boolean
    /** Path prefixes of its routes (`/orders`): while the plugin is not available, whoever serves them answers in its name. */
    readonly paths?: ReadonlyArray<string>
    /** One for each of its errors. */
    readonly explanations?: ReadonlyArray<Explanation>
    /** What tools read off it without building it, for example database's `MigrationSets.with(migrations)`. */
    readonly annotations?: Context.Context<never>
  } & Definition<Promised, Requires, Config["Type"], E>
): Plugin<Promised, E, Given<Requires>> => {
  const decoder = Schema.decodeUnknownExit(rest.config)
  const decode = (section: unknown, onExcessProperty: UnknownKeys) =>
    decoder(section, { errors: "all", onExcessProperty })
  const prepared = (config: Config["Type"]): Prepared<Promised, E, Given<Requires>> => {
    const { onChange, tell } = live<Config["Type"]>()
    return {
      layer: layer(config, { onChange }),
      needs: needs(config),
      advice: advice(config),
      renew: (section, keys) => Exit.map(decode(section, keys), tell)
    }
  }
  return {
    ...rest,
    [TypeId]: TypeId,
    ambient,
    annotations,
    contract,
    explanations,
    name,
    paths,
    prepare: (section, keys) => Exit.map(decode(section, keys), prepared)
  }
}
