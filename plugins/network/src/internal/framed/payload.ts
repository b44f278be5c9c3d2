/**
 * Schema-typed payloads as the values of a container: each field under its name, in the type that fits its canonical JSON form.
 * So a peer without these schemas reads and writes plain containers. What JSON has no type for arrives as the text that the
 * schema's JSON form has: long, uuid, timestamp and base64 of bytes.
 */
import { type Container, InvalidPayload, Value } from "@heptad/container"
import * as DateTime from "effect/DateTime"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import { exactly, inexact } from "../compiled/exactness.ts"

/** Its values are the values of a container, so it is an object on the wire. */
export type PayloadSchema<A> = Schema.Codec<A, object>

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

const valuesOf = (fields: object): Map<string, Value.Value> => {
  const values = new Map<string, Value.Value>()
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) values.set(name, valueOf(value))
  return values
}

const valueOf = (json: unknown): Value.Value => {
  switch (typeof json) {
    case "string":
      return Value.string(json)
    case "boolean":
      return Value.bool(json)
    case "number":
      return Number.isSafeInteger(json) && !Object.is(json, -0) ? Value.int(json) : Value.float(json)
    default:
      if (Array.isArray(json)) return Value.array(json.map(valueOf))
      return isObject(json) ? { type: "map", value: valuesOf(json) } : Value.nothing
  }
}

const fieldsOf = (values: ReadonlyMap<string, Value.Value>): Record<string, unknown> => {
  const fields: Record<string, unknown> = {}
  for (const [name, value] of values) fields[name] = jsonOf(value)
  return fields
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")

const jsonOf = (value: Value.Value): unknown => {
  switch (value.type) {
    case "array":
      return value.value.map(jsonOf)
    case "map":
      return fieldsOf(value.value)
    case "float":
      return Number.isFinite(value.value) ? value.value : String(value.value)
    case "long":
      return String(value.value)
    case "bytes":
      return base64(value.value)
    case "timestamp":
      return DateTime.formatIso(value.value)
    default:
      return value.value
  }
}

export interface Transcoder<A> {
  readonly toContainer: (value: A, header: Container.Header) => Exit.Exit<Container.Container, InvalidPayload>
  readonly fromContainer: (container: Container.Container) => Exit.Exit<A, InvalidPayload>
}

const invalid = (error: Schema.SchemaError): InvalidPayload => new InvalidPayload({ problem: error.message })

const options = { errors: "all" } as const

type Way<A, B> = (value: A) => Exit.Exit<B, Schema.SchemaError>

/** What fits exactly is copied without Schema; everything else is Schema's to transform or to refuse. */
const shortcut = <A, B>(ast: SchemaAST.AST, bySchema: Way<A, B>): Way<A, B> => {
  const exact = exactly(ast, options)
  if (exact === undefined) return bySchema
  // An exact copy is of the encoded form and of the type at once, because for such a schema they are one.
  const isCopy = (value: unknown): value is B => value !== inexact
  return (value) => {
    const copy = exact(value)
    return isCopy(copy) ? Exit.succeed(copy) : bySchema(value)
  }
}

/** Compiled once per route. */
export const transcoder = <A>(schema: PayloadSchema<A>): Transcoder<A> => {
  const form = Schema.toCodecJson(schema)
  const encode = shortcut(form.ast, Schema.encodeExit(form, options))
  const decode = shortcut(form.ast, Schema.decodeUnknownExit(form, options))
  return {
    toContainer: (value, header) =>
      Exit.mapBoth(encode(value), {
        onFailure: invalid,
        onSuccess: (json) => ({ header, values: isObject(json) ? valuesOf(json) : new Map() })
      }),
    fromContainer: ({ values }) => Exit.mapError(decode(fieldsOf(values)), invalid)
  }
}
