/** Schema-typed payloads: the canonical JSON form of the schema, as JSON text or as MessagePack. */
import { InvalidValue } from "../errors.ts"
import { parse } from "./json.ts"
import { isForbiddenName, type Limits, malformed } from "./limits.ts"
import { forValues } from "./Msgpackr.ts"
import { scan } from "./msgpackScan.ts"

export type WireFormat = "messagepack" | "json"

/** No extension belongs to a JSON-like value. */
const noExtensions = new Map<number, ReadonlyArray<number>>()

const children = (value: unknown): ReadonlyArray<unknown> =>
  typeof value === "object" && value !== null ? Object.values(value) : []

const hasForbiddenName = (root: unknown): boolean => {
  const open: Array<unknown> = [root]
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value === "object" && value !== null && Object.keys(value).some(isForbiddenName)) return true
    for (const child of children(value)) open.push(child)
  }
  return false
}

const fromJson = (bytes: Uint8Array, limits: Limits): unknown => {
  const value = parse(bytes, limits)
  if (hasForbiddenName(value)) throw malformed("json", `the name "__proto__" is not allowed`)
  return value
}

const fromMsgpack = (bytes: Uint8Array, limits: Limits): unknown => {
  scan(bytes, { limits, extensions: noExtensions })
  return forValues.unpack(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
}

/** Throws `LimitExceeded` or `MalformedContainer`. */
export const read = (bytes: Uint8Array, format: WireFormat, limits: Limits): unknown =>
  format === "json" ? fromJson(bytes, limits) : fromMsgpack(bytes, limits)

/** Throws `InvalidValue` for what cannot be written, which after a Schema only a recursion without end is. */
export const write = (value: unknown, format: WireFormat): Uint8Array => {
  try {
    return format === "json" ? new TextEncoder().encode(JSON.stringify(value)) : forValues.pack(value)
  } catch (error) {
    throw new InvalidValue({ path: "payload", problem: error instanceof Error ? error.message : String(error) })
  }
}
