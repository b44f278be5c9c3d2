/**
 * What a plugin promises, told without building it: a name, the package and version that define it, and the keys of its
 * services. Other plugins import contracts and nothing else of each other.
 */
import type * as Context from "effect/Context"

/** The fields of a package.json that the kernel reads. It is the only place of versions and ranges. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** A promise of services. `Services` is the union of the identifiers of `services`. */
export interface Contract<out Name extends string, out Services> {
  readonly name: Name
  /** The package that defines the contract; dependants range over it in their `peerDependencies`. */
  readonly package: string
  readonly version: string
  readonly services: ReadonlyArray<Context.Key<unknown, unknown>>
  /** Never present: it carries the type. */
  readonly "~services"?: Services
}

export type Any = Contract<string, unknown>

/** The union of the service identifiers of a contract. */
export type Services<C> = C extends Contract<string, infer S> ? S : never

type Identifier<K> = K extends Context.Key<infer I, unknown> ? I : never

/**
 * Declares a contract.
 *
 * `name` is the name of the settings section and of the node in the graph. `services` are the keys that every plugin
 * keeping this contract provides; it may be empty when the plugin works through Effect's own references only.
 */
export const make = <const Name extends string, const Keys extends ReadonlyArray<Context.Key<unknown, unknown>>>(
  { manifest, name, services }: { readonly name: Name; readonly manifest: Manifest; readonly services: Keys }
): Contract<Name, Identifier<Keys[number]>> => ({ name, package: manifest.name, version: manifest.version, services })
