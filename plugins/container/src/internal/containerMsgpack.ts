/** Containers as MessagePack: `[1, source, target, type, version, {name: value}]`. */
import * as DateTime from "effect/DateTime"
import type { Container } from "../Container.ts"
import * as Value from "../Value.ts"
import { checkContainer, checkValue } from "./checkValue.ts"
import { Budget, type Limits, malformed } from "./limits.ts"
import { extensions, forContainers, WireFloat, WireInt, WireUuid } from "./Msgpackr.ts"
import { scan } from "./msgpackScan.ts"

const format = "messagepack"
const layout = 1

const isShortInt = (value: number): boolean => value >= -0x80000000 && value <= 0xffffffff

const toWire = (value: Value.Value, path: string, depth: number, budget: Budget): unknown => {
  budget.spend(depth)
  checkValue(value, path)
  switch (value.type) {
    case "int":
      return isShortInt(value.value) ? value.value + 0 : new WireInt(value.value)
    case "float":
      return Number.isInteger(value.value) ? new WireFloat(value.value) : value.value
    case "uuid":
      return new WireUuid(value.value)
    case "timestamp":
      return DateTime.toDate(value.value)
    case "array":
      return value.value.map((item, index) => toWire(item, `${path}[${index}]`, depth + 1, budget))
    case "map":
      return mapToWire(value.value, path, depth + 1, budget)
    default:
      return value.value
  }
}

const mapToWire = (values: ReadonlyMap<string, Value.Value>, path: string, depth: number, budget: Budget) => {
  const out = new Map<string, unknown>()
  for (const [name, value] of values) {
    out.set(name, toWire(value, path === "" ? name : `${path}.${name}`, depth, budget))
  }
  return out
}

/** Throws `InvalidValue` or `LimitExceeded`. */
export const encode = (container: Container, limits: Limits): Uint8Array => {
  checkContainer(container)
  const { header, values } = container
  const { source, target, type, version } = header
  return forContainers.pack([layout, source, target, type, version, mapToWire(values, "", 0, new Budget(limits))])
}

export interface DecodeOptions {
  readonly limits: Limits
  /** Bytes values from this length on are views of the input. */
  readonly viewFrom: number
}

const bytesOf = (bytes: Uint8Array, viewFrom: number): Uint8Array =>
  bytes.length >= viewFrom ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes)

const numberOf = (value: number): Value.Value =>
  Number.isSafeInteger(value) && !Object.is(value, -0) ? Value.int(value) : Value.float(value)

const timestampOf = (date: Date): Value.Value => {
  const millis = date.getTime()
  if (Number.isNaN(millis)) throw malformed(format, "a timestamp is out of range")
  return Value.timestamp(DateTime.makeUnsafe(millis))
}

const intOf = (value: number): Value.Value => {
  if (!Number.isSafeInteger(value)) throw malformed(format, "an integer has a fraction or more than 53 bits")
  return Value.int(value)
}

const objectFromWire = (input: object, depth: number, budget: Budget, viewFrom: number): Value.Value => {
  if (input instanceof Uint8Array) return Value.bytes(bytesOf(input, viewFrom))
  if (input instanceof Map) return Value.map(mapFromWire(input, depth + 1, budget, viewFrom))
  if (Array.isArray(input)) return Value.array(input.map((item) => fromWire(item, depth + 1, budget, viewFrom)))
  if (input instanceof WireFloat) return Value.float(input.value)
  if (input instanceof WireInt) return intOf(input.value)
  if (input instanceof WireUuid) return Value.uuid(Value.Uuid.make(input.value))
  if (input instanceof Date) return timestampOf(input)
  throw malformed(format, "it holds a value of an unknown type")
}

const fromWire = (input: unknown, depth: number, budget: Budget, viewFrom: number): Value.Value => {
  budget.spend(depth)
  switch (typeof input) {
    case "boolean":
      return Value.bool(input)
    case "number":
      return numberOf(input)
    case "bigint":
      return Value.long(input)
    case "string":
      return Value.string(input)
    default:
      if (input === null) return Value.nothing
      if (typeof input === "object") return objectFromWire(input, depth, budget, viewFrom)
      throw malformed(format, "it holds a value of an unknown type")
  }
}

const mapFromWire = (input: Map<unknown, unknown>, depth: number, budget: Budget, viewFrom: number) => {
  const out = new Map<string, Value.Value>()
  for (const [name, value] of input) out.set(String(name), fromWire(value, depth, budget, viewFrom))
  return out
}

/** Envelope array, its six parts and the map of values come on top of what the settings allow. */
const wireLimits = ({ bytes, depth, elements }: Limits): Limits => ({ bytes, depth: depth + 2, elements: elements + 7 })

/** Throws `LimitExceeded` or `MalformedContainer`. */
export const decode = (bytes: Uint8Array, { limits, viewFrom }: DecodeOptions): Container => {
  scan(bytes, { limits: wireLimits(limits), extensions })
  const wire: unknown = forContainers.unpack(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  if (!Array.isArray(wire) || wire.length !== 6 || wire[0] !== layout) throw malformed(format, "it is no container")
  const [, source, target, type, version, values]: ReadonlyArray<unknown> = wire
  if (
    typeof source !== "string" || typeof target !== "string" || typeof type !== "string" ||
    typeof version !== "string" || !(values instanceof Map)
  ) throw malformed(format, "its header is wrong")
  return { header: { source, target, type, version }, values: mapFromWire(values, 0, new Budget(limits), viewFrom) }
}
