/**
 * A message: who sends what to whom, and named, typed values. Immutable: `set` and `remove` answer a new container.
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { KeyNotFound, ValueTypeMismatch } from "./errors.ts"
import type { Type, Typed, Types, Value } from "./Value.ts"

/** The envelope. Every part may be empty. */
export interface Header {
  readonly source: string
  readonly target: string
  /** What kind of message this is, for example `order.accepted`. */
  readonly type: string
  /** Version of that kind, for example `1.0`. */
  readonly version: string
}

export interface Container {
  readonly header: Header
  readonly values: ReadonlyMap<string, Value>
}

/** A container; parts of the header that are not given are empty, `version` is "1.0". */
export const make = (
  header: Partial<Header>,
  values: Readonly<Record<string, Value>> | Iterable<readonly [string, Value]> = {}
): Container => ({
  header: { source: "", target: "", type: "", version: "1.0", ...header },
  values: new Map(Symbol.iterator in values ? values : Object.entries(values))
})

export const set = (self: Container, name: string, value: Value): Container => ({
  header: self.header,
  values: new Map(self.values).set(name, value)
})

export const remove = (self: Container, name: string): Container => ({
  header: self.header,
  values: new Map([...self.values].filter(([key]) => key !== name))
})

/** The envelope of an answer: source and target change places. */
export const reply = (self: Container, values: Readonly<Record<string, Value>> = {}): Container =>
  make({ ...self.header, source: self.header.target, target: self.header.source }, values)

export const find = (self: Container, name: string): Option.Option<Value> =>
  Option.fromUndefinedOr(self.values.get(name))

const isOf = <T extends Type>(value: Value, type: T): value is Extract<Value, Typed<T>> => value.type === type

/** The value of that name and type. Fails with `KeyNotFound` or `ValueTypeMismatch`; nothing is ever converted. */
export const get = <T extends Type>(
  self: Container,
  name: string,
  type: T
): Result.Result<Types[T], KeyNotFound | ValueTypeMismatch> => {
  const value = self.values.get(name)
  if (value === undefined) return Result.fail(new KeyNotFound({ name }))
  return isOf(value, type)
    ? Result.succeed(value.value)
    : Result.fail(new ValueTypeMismatch({ name, expected: type, actual: value.type }))
}

/** The value of that name and type, or none when it is absent or of another type. */
export const getOption = <T extends Type>(self: Container, name: string, type: T): Option.Option<Types[T]> =>
  Result.getSuccess(get(self, name, type))
