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

export interface Plugin<in Provides, out E, out Needs> {
  /** Name of the settings section, of the graph node and of the log annotation. */
  readonly name: string
  readonly manifest: Contract.Manifest
  readonly contract: Contract.Any
  readonly requires: ReadonlyArray<Contract.Any>
  readonly config: Schema.Top
  /** Started first and stopped last, because everybody uses it without naming it: logger and monitoring. */
  readonly ambient: boolean
  /** Decodes the plugin's section and makes the Layer of it; nothing is built yet. */
  readonly prepare: (
    section: unknown,
    keys: UnknownKeys
  ) => Exit.Exit<Layer.Layer<Provides, E, Needs>, Schema.SchemaError>
}

/** Any plugin. `Provides` is `never` because Layer is contravariant in what it provides. */
export type Any = Plugin<never, unknown, unknown>

export type Provides<P> = P extends Plugin<infer A, unknown, unknown> ? A : never
export type Needs<P> = P extends Plugin<never, unknown, infer R> ? R : never

/** What the Layer of a plugin may need: the services of the contracts that it names, and the kernel's. */
type Given<Requires extends ReadonlyArray<Contract.Any>> = Contract.Services<Requires[number]> | KernelServices

export const make = <
  Promised,
  const Requires extends ReadonlyArray<Contract.Any>,
  Config extends Schema.ConstraintDecoder<unknown>,
  E
>({ ambient = false, contract, layer, name = contract.name, ...rest }: {
  readonly manifest: Contract.Manifest
  /** The contract that this plugin keeps, its own or another package's. */
  readonly contract: Contract.Contract<string, Promised>
  /** Section name when it differs from the contract's, for plugins that keep another package's contract. */
  readonly name?: string
  readonly requires: Requires
  readonly config: Config & Schema.Top
  readonly layer: (config: Config["Type"]) => Layer.Layer<Promised, E, Given<Requires>>
  readonly ambient?: boolean
}): Plugin<Promised, E, Given<Requires>> => {
  const decode = Schema.decodeUnknownExit(rest.config)
  return {
    ...rest,
    ambient,
    contract,
    name,
    prepare: (section, onExcessProperty) => Exit.map(decode(section, { errors: "all", onExcessProperty }), layer)
  }
}
