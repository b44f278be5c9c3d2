/**
 * A value with its type: what a container holds. The type survives both codecs, so `float(1)` comes back as a float and
 * `long(1n)` as a long. Constructors accept anything of the TypeScript type; what no codec could carry (an int with a
 * fraction, a long beyond 64 bits) is refused when it is encoded, with its path.
 */
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"

/** A UUID in its text form, lower or upper case. */
export const Uuid = Schema.String.pipe(
  Schema.check(Schema.isPattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, {
    message: `Expected a UUID such as "0190a3f0-7b5e-7cc0-8000-0123456789ab"`
  })),
  Schema.brand("Uuid")
)
export type Uuid = typeof Uuid.Type

/** What the value of each type is in TypeScript. */
export interface Types {
  readonly null: null
  readonly bool: boolean
  /** A safe integer: no fraction, at most 2^53 - 1 either way. */
  readonly int: number
  /** 64 bits, signed (from -2^63) or unsigned (to 2^64 - 1). */
  readonly long: bigint
  /** Any number, with -0, NaN and the infinities. All NaNs are one. */
  readonly float: number
  readonly string: string
  /** Not copied: do not change it while the container lives. */
  readonly bytes: Uint8Array
  readonly array: ReadonlyArray<Value>
  readonly map: ReadonlyMap<string, Value>
  /** Milliseconds are kept, finer parts never existed. */
  readonly timestamp: DateTime.Utc
  readonly uuid: Uuid
}

export type Type = keyof Types

export interface Typed<out T extends Type> {
  readonly type: T
  readonly value: Types[T]
}

export type Value = { readonly [T in Type]: Typed<T> }[Type]

export const nothing: Typed<"null"> = { type: "null", value: null }
export const bool = (value: boolean): Typed<"bool"> => ({ type: "bool", value })
export const int = (value: number): Typed<"int"> => ({ type: "int", value })
export const long = (value: bigint): Typed<"long"> => ({ type: "long", value })
export const float = (value: number): Typed<"float"> => ({ type: "float", value })
export const string = (value: string): Typed<"string"> => ({ type: "string", value })
export const bytes = (value: Uint8Array): Typed<"bytes"> => ({ type: "bytes", value })
export const timestamp = (value: DateTime.Utc): Typed<"timestamp"> => ({ type: "timestamp", value })
export const uuid = (value: Uuid): Typed<"uuid"> => ({ type: "uuid", value })
export const array = (value: ReadonlyArray<Value>): Typed<"array"> => ({ type: "array", value })

/** A map from an object or from entries; a later entry of the same name wins. */
export const map = (
  value: Readonly<Record<string, Value>> | Iterable<readonly [string, Value]>
): Typed<"map"> => ({
  type: "map",
  value: new Map(Symbol.iterator in value ? value : Object.entries(value))
})
