/**
 * msgpackr, told to write plain MessagePack (no records, no references), and the three extension types that keep what
 * MessagePack itself cannot tell apart in JavaScript. Registering an extension is global in msgpackr; these classes never
 * leave this folder, so nobody else's values are touched.
 */
import { addExtension, Packr } from "msgpackr"

/** A float without a fraction, which would come back as an integer. */
export class WireFloat {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** An integer of more than 32 bits, which would come back as a float. */
export class WireInt {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

export class WireUuid {
  readonly value: string
  constructor(value: string) {
    this.value = value
  }
}

const types = { float: 0x21, int: 0x22, uuid: 0x23, timestamp: 0xff }

/** What a decoder may meet, with the lengths. */
export const extensions: ReadonlyMap<number, ReadonlyArray<number>> = new Map([
  [types.float, [8]],
  [types.int, [8]],
  [types.uuid, [16]],
  [types.timestamp, [4, 8, 12]]
])

const packFloat = (value: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return bytes
}

const unpackFloat = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat64(0)

addExtension({
  Class: WireFloat,
  type: types.float,
  pack: ({ value }: WireFloat) => packFloat(value),
  unpack: (bytes) => new WireFloat(unpackFloat(bytes))
})

// A safe integer is exact as a double.
addExtension({
  Class: WireInt,
  type: types.int,
  pack: ({ value }: WireInt) => packFloat(value),
  unpack: (bytes) => new WireInt(unpackFloat(bytes))
})

const hyphens = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/

addExtension({
  Class: WireUuid,
  type: types.uuid,
  pack: ({ value }: WireUuid) => Buffer.from(value.replaceAll("-", ""), "hex"),
  unpack: (bytes) => new WireUuid(Buffer.from(bytes).toString("hex").replace(hyphens, "$1-$2-$3-$4-$5"))
})

/** For containers: maps are `Map`, 64-bit integers are `bigint`. */
export const forContainers = new Packr({ useRecords: false, mapsAsObjects: false })

/** For the JSON-like values of a Schema. */
export const forValues = new Packr({ useRecords: false, mapsAsObjects: true, int64AsType: "number" })
