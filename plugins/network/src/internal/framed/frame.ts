/** The head of a frame and how it is written. docs/framed.md tells it byte by byte. */
import { crc32 } from "node:zlib"

/** No text and no TLS record begins with it, so a client of another protocol is recognised by its first byte. */
const magic = 0xc7
const version = 1

/** Where each part of the head begins. The checksum stands before what it covers: everything from `kind` to the end. */
const at = { magic: 0, version: 1, checksum: 2, kind: 6, flags: 7, id: 8, length: 12 } as const
export const headBytes = 16

export const kinds = { message: 1, reply: 2, error: 3, ping: 4, pong: 5, goaway: 6 } as const

export const flags = {
  /** The container is in its JSON form, else in MessagePack. */
  json: 1,
  /** The first 25 bytes of the payload are a trace context. */
  traced: 2
} as const
const allFlags = flags.json | flags.traced

/** The id of frames about the connection itself. */
export const connectionId = 0

export interface Frame {
  readonly kind: number
  readonly flags: number
  readonly id: number
  /** Mostly a window of what was read: whoever keeps a part of it for long copies that part. */
  readonly payload: Uint8Array
}

/** Why bytes are no frame that this end takes. */
export type Fault = "magic" | "version" | "kind" | "flags" | "length" | "too_large" | "checksum"

export interface Head {
  readonly kind: number
  readonly flags: number
  readonly id: number
  readonly length: number
  readonly checksum: number
}

/** What a frame of a kind may be long. Pings are empty, a pong tells the two limits of who answers. */
export const pongBytes = 8

const fitsKind = (kind: number, length: number): boolean =>
  kind === kinds.ping ? length === 0 : kind === kinds.pong ? length === pongBytes : true

/** Judged before a byte of the payload is kept. */
export const readHead = (bytes: Buffer, from: number, maxPayload: number): Head | Fault => {
  if (bytes[from] !== magic) return "magic"
  if (bytes[from + at.version] !== version) return "version"
  const kind = bytes.readUInt8(from + at.kind)
  if (kind < kinds.message || kind > kinds.goaway) return "kind"
  const flags = bytes.readUInt8(from + at.flags)
  if ((flags & ~allFlags) !== 0) return "flags"
  const length = bytes.readUInt32BE(from + at.length)
  if (length > maxPayload) return "too_large"
  if (!fitsKind(kind, length)) return "length"
  return { kind, flags, length, id: bytes.readUInt32BE(from + at.id), checksum: bytes.readUInt32BE(from + at.checksum) }
}

/** Over what stands between the checksum and the payload; the payload's continues it. */
export const checksumOfHead = (bytes: Buffer, from: number): number =>
  crc32(bytes.subarray(from + at.kind, from + headBytes))

/** Over a frame whose bytes stand together. */
export const checksumOf = (bytes: Buffer, from: number, length: number): number =>
  crc32(bytes.subarray(from + at.kind, from + headBytes + length))

/** Writes a head without its checksum. */
export const writeHead = (to: Buffer, from: number, kind: number, flags: number, id: number, length: number): void => {
  to[from] = magic
  to[from + at.version] = version
  to[from + at.kind] = kind
  to[from + at.flags] = flags
  to.writeUInt32BE(id, from + at.id)
  to.writeUInt32BE(length, from + at.length)
}

export const writeChecksum = (to: Buffer, from: number, checksum: number): void => {
  to.writeUInt32BE(checksum, from + at.checksum)
}
