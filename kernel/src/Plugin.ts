/**
 * A plugin is a contract plus one Layer. `make` ties them: the Layer provides every service of the contract and needs
 * only services of the contracts under `requires`, or it does not compile.
 */
import * as Exit from "effect/Exit"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Contract from "./Contract.ts"
import type { Lifecycle } from "./Lifecycle.ts"

/** What the kernel itself gives to every plugin. */
export type KernelServices = Lifecycle

/** "ignore" exists to find the wrong values that hide behind unknown keys. */
export type UnknownKeys = "error" | "ignore"

export type Prepared<Provides, E, Needs> = Exit.Exit<Layer.Layer<Provides, E, Needs>, Schema.SchemaError>

export interface Plugin<out Name extends string, in Provides, out E, out Needs> {
  /** Name of the settings section, of the graph node and of the log annotation. */
  readonly name: Name
  readonly manifest: Contract.Manifest
  readonly contract: Contract.Any
  readonly requires: ReadonlyArray<Contract.Any>
  readonly config: Schema.Top
  /** Started first and stopped last, because everybody uses it without naming it: logger and monitoring. */
  readonly ambient: boolean
  /** Decodes the plugin's section and makes the Layer of it; nothing is built yet. */
  readonly prepare: (section: unknown, unknownKeys: UnknownKeys) => Prepared<Provides, E, Needs>
}

/** Any plugin. `Provides` is `never` because Layer is contravariant in what it provides. */
export type Any = Plugin<string, never, unknown, unknown>

export type Provides<P> = P extends Plugin<string, infer A, unknown, unknown> ? A : never
export type Needs<P> = P extends Plugin<string, never, unknown, infer R> ? R : never

export const make = <
  const Name extends string,
  Promised,
  const Requires extends ReadonlyArray<Contract.Any>,
  Config extends Schema.ConstraintDecoder<unknown>,
  E
>(options: {
  readonly manifest: Contract.Manifest
  /** The contract that this plugin keeps, its own or another package's. */
  readonly contract: Contract.Contract<Name, Promised>
  /** Section name when it differs from the contract's, for plugins that keep another package's contract. */
  readonly name?: string
  readonly requires: Requires
  readonly config: Config & Schema.Top
  readonly layer: (
    config: Config["Type"]
  ) => Layer.Layer<Promised, E, Contract.Services<Requires[number]> | KernelServices>
  readonly ambient?: boolean
}): Plugin<string, Promised, E, Contract.Services<Requires[number]> | KernelServices> => {
  const decode = Schema.decodeUnknownExit(options.config)
  return {
    name: options.name ?? options.contract.name,
    manifest: options.manifest,
    contract: options.contract,
    requires: options.requires,
    config: options.config,
    ambient: options.ambient ?? false,
    prepare: (section, onExcessProperty) =>
      Exit.map(decode(section, { errors: "all", onExcessProperty }), options.layer)
  }
}
