/**
 * Frames on their way out. What is sent within one turn of the event loop goes out together: small frames are copied behind
 * each other into one buffer, which costs less than one write each, and large payloads are handed over as they are.
 */
import { crc32 } from "node:zlib"
import { checksumOf, checksumOfHead, headBytes, writeChecksum, writeHead } from "./frame.ts"

export interface Outgoing {
  readonly kind: number
  readonly flags: number
  readonly id: number
  /** Stands before the payload and belongs to it: the trace context. */
  readonly prefix?: Uint8Array | undefined
  readonly payload: Uint8Array
}

/** From here on a copy costs more than a write. */
const large = 32 * 1024

const isLarge = ({ payload }: Outgoing): boolean => payload.length >= large

const copiedBytes = (frames: ReadonlyArray<Outgoing>): number => {
  let bytes = 0
  for (const frame of frames) {
    bytes += headBytes + (frame.prefix?.length ?? 0) + (isLarge(frame) ? 0 : frame.payload.length)
  }
  return bytes
}

const lengthOf = ({ payload, prefix }: Outgoing): number => payload.length + (prefix?.length ?? 0)

/** Writes head and prefix, answers where they end. */
const begin = (to: Buffer, from: number, frame: Outgoing): number => {
  writeHead(to, from, frame.kind, frame.flags, frame.id, lengthOf(frame))
  if (frame.prefix === undefined) return from + headBytes
  to.set(frame.prefix, from + headBytes)
  return from + headBytes + frame.prefix.length
}

const writeSmall = (to: Buffer, from: number, frame: Outgoing): number => {
  const end = begin(to, from, frame)
  to.set(frame.payload, end)
  writeChecksum(to, from, checksumOf(to, from, lengthOf(frame)))
  return end + frame.payload.length
}

const writeBeforeLarge = (to: Buffer, from: number, frame: Outgoing): number => {
  const end = begin(to, from, frame)
  writeChecksum(to, from, crc32(frame.payload, crc32(to.subarray(from + headBytes, end), checksumOfHead(to, from))))
  return end
}

/** The bytes of these frames, in as few pieces as is cheap. */
export const piecesOf = (frames: ReadonlyArray<Outgoing>): ReadonlyArray<Uint8Array> => {
  const copied = Buffer.allocUnsafe(copiedBytes(frames))
  const pieces: Array<Uint8Array> = []
  let from = 0
  let end = 0
  for (const frame of frames) {
    if (!isLarge(frame)) end = writeSmall(copied, end, frame)
    else {
      end = writeBeforeLarge(copied, end, frame)
      pieces.push(copied.subarray(from, end), frame.payload)
      from = end
    }
  }
  if (end > from) pieces.push(copied.subarray(from, end))
  return pieces
}
