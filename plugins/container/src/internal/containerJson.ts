/**
 * Containers as JSON: null, booleans, strings and arrays as they are, everything else as an object whose one member names
 * the type: `{"int":5}`, `{"long":"5"}`, `{"float":"NaN"}`, `{"bytes":"..."}` (base64), `{"map":{...}}`.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Container } from "../Container.ts"
import * as Value from "../Value.ts"
import { checkContainer, checkValue } from "./checkValue.ts"
import { parse } from "./json.ts"
import { Budget, isForbiddenName, type Limits, malformed } from "./limits.ts"

const format = "json"

type Members = Record<string, unknown>

const floatToWire = (value: number): number | string =>
  Object.is(value, -0) ? "-0" : Number.isFinite(value) ? value : String(value)

const toWire = (value: Value.Value, path: string, depth: number, budget: Budget): unknown => {
  budget.spend(depth)
  checkValue(value, path)
  switch (value.type) {
    case "null":
    case "bool":
    case "string":
      return value.value
    case "array":
      return value.value.map((item, index) => toWire(item, `${path}[${index}]`, depth + 1, budget))
    case "map":
      return { map: mapToWire(value.value, path, depth + 1, budget) }
    case "float":
      return { float: floatToWire(value.value) }
    case "long":
      return { long: String(value.value) }
    case "bytes":
      return { bytes: Buffer.from(value.value.buffer, value.value.byteOffset, value.value.length).toString("base64") }
    case "timestamp":
      return { timestamp: DateTime.formatIso(value.value) }
    case "int":
      return { int: value.value }
    case "uuid":
      return { uuid: value.value.toLowerCase() }
  }
}

const mapToWire = (values: ReadonlyMap<string, Value.Value>, path: string, depth: number, budget: Budget): Members => {
  const out: Members = {}
  for (const [name, value] of values) out[name] = toWire(value, path === "" ? name : `${path}.${name}`, depth, budget)
  return out
}

/** Throws `InvalidValue` or `LimitExceeded`. */
export const encode = (container: Container, limits: Limits): Uint8Array<ArrayBuffer> => {
  checkContainer(container)
  const { header, values } = container
  const wire = { header, values: mapToWire(values, "", 0, new Budget(limits)) }
  return new TextEncoder().encode(JSON.stringify(wire))
}

const refuse = (type: string): never => {
  throw malformed(format, `a value of type ${type} is written wrongly`)
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/

const special = new Map([["NaN", NaN], ["Infinity", Infinity], ["-Infinity", -Infinity], ["-0", -0]])

const isUuid = Schema.is(Value.Uuid)

const isMembers = (input: unknown): input is Members =>
  typeof input === "object" && input !== null && !Array.isArray(input)

/** Readers of the tagged types; each answers undefined for what it refuses. */
const readers: Readonly<Record<string, (input: unknown) => Value.Value | undefined>> = {
  int: (input) => typeof input === "number" && Number.isSafeInteger(input) ? Value.int(input + 0) : undefined,
  long: (input) =>
    typeof input === "string" && /^-?\d{1,20}$/.test(input) && BigInt(input) >= -(2n ** 63n) &&
      BigInt(input) < 2n ** 64n
      ? Value.long(BigInt(input))
      : undefined,
  float: (input) => {
    const value = typeof input === "string" ? special.get(input) : input
    return typeof value === "number" ? Value.float(value) : undefined
  },
  bytes: (input) =>
    typeof input === "string" && input.length % 4 === 0 && base64.test(input)
      ? Value.bytes(new Uint8Array(Buffer.from(input, "base64")))
      : undefined,
  timestamp: (input) =>
    typeof input === "string"
      ? Option.getOrUndefined(Option.map(DateTime.make(input), (date) => Value.timestamp(DateTime.toUtc(date))))
      : undefined,
  uuid: (input) => typeof input === "string" && isUuid(input) ? Value.uuid(input) : undefined
}

const taggedFromWire = (input: Members, depth: number, budget: Budget): Value.Value => {
  const [entry, ...more] = Object.entries(input)
  if (entry === undefined || more.length > 0) throw malformed(format, "a value is an object of more than one member")
  const [type, payload] = entry
  if (type === "map") return isMembers(payload) ? Value.map(mapFromWire(payload, depth + 1, budget)) : refuse(type)
  return (Object.hasOwn(readers, type) ? readers[type]?.(payload) : undefined) ?? refuse(type)
}

const fromWire = (input: unknown, depth: number, budget: Budget): Value.Value => {
  budget.spend(depth)
  if (input === null) return Value.nothing
  if (typeof input === "boolean") return Value.bool(input)
  if (typeof input === "string") return input.isWellFormed() ? Value.string(input) : refuse("string")
  if (Array.isArray(input)) return Value.array(input.map((item) => fromWire(item, depth + 1, budget)))
  return isMembers(input) ? taggedFromWire(input, depth, budget) : refuse("number")
}

const mapFromWire = (input: Members, depth: number, budget: Budget): ReadonlyMap<string, Value.Value> => {
  const out = new Map<string, Value.Value>()
  for (const [name, value] of Object.entries(input)) {
    if (isForbiddenName(name)) throw malformed(format, `the name "${name}" is not allowed`)
    out.set(name, fromWire(value, depth, budget))
  }
  return out
}

/** Two objects around everything, two brackets for each map, and one around a tagged scalar. */
const wireLimits = ({ bytes, depth, elements }: Limits): Limits => ({
  bytes,
  depth: 2 * depth + 3,
  elements: 3 * elements + 16
})

const textAt = (header: unknown, name: string): string => {
  const text = isMembers(header) ? header[name] : undefined
  if (typeof text !== "string") throw malformed(format, `its header has no text "${name}"`)
  return text
}

/** Throws `LimitExceeded` or `MalformedContainer`. */
export const decode = (bytes: Uint8Array, limits: Limits): Container => {
  const wire = parse(bytes, wireLimits(limits))
  if (!isMembers(wire) || !isMembers(wire.values)) throw malformed(format, "it is no container")
  const text = (name: string) => textAt(wire.header, name)
  return {
    header: { source: text("source"), target: text("target"), type: text("type"), version: text("version") },
    values: mapFromWire(wire.values, 0, new Budget(limits))
  }
}
