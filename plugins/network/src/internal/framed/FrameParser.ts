/**
 * Bytes, in whatever pieces they come, to frames or to the one fault after which nothing can be read any more. Pure. It
 * holds one piece and one unfinished frame, which grows with what has arrived and never beyond the limit: a length that is
 * only promised costs nothing, and a frame that comes byte by byte is copied about twice, not once per byte.
 */
import { crc32 } from "node:zlib"
import { checksumOf, checksumOfHead, type Fault, type Frame, type Head, headBytes, readHead } from "./frame.ts"

const nothing = Buffer.alloc(0)

/** The first room of an unfinished frame. */
const smallest = 1024

export class FrameParser {
  readonly #maxPayload: () => number
  #piece: Buffer = nothing
  #at = 0
  #fault: Fault | undefined
  /** A head of which a part has come. */
  readonly #head = Buffer.alloc(headBytes)
  #headFilled = 0
  /** The frame whose payload is not complete. */
  #open: Head | undefined
  #body: Buffer = nothing
  #filled = 0
  /** Checksum of its head. */
  #seed = 0

  /** The limit may change between frames. */
  constructor(maxPayload: () => number) {
    this.#maxPayload = maxPayload
  }

  /** Takes the next piece. What a caller has not read yet stays; the caller does not change the bytes any more. */
  feed(piece: Buffer): void {
    this.#piece = this.#at === this.#piece.length ? piece : Buffer.concat([this.#piece.subarray(this.#at), piece])
    this.#at = 0
  }

  /** The next frame, a fault, or undefined until more bytes come. A fault stays. */
  next(): Frame | Fault | undefined {
    if (this.#fault !== undefined) return this.#fault
    const found = this.#open === undefined ? this.#begin() : this.#continue(this.#open)
    if (this.#at === this.#piece.length) this.#forgetPiece()
    if (typeof found === "string") this.#fail(found)
    return found
  }

  /** Whether a frame has begun and is not complete. */
  get isPartial(): boolean {
    return this.#open !== undefined || this.#headFilled > 0
  }

  /** Bytes of memory that it holds on to. */
  get held(): number {
    return this.#piece.length + this.#body.length
  }

  #forgetPiece(): void {
    this.#piece = nothing
    this.#at = 0
  }

  #fail(fault: Fault): void {
    this.#fault = fault
    this.#forgetPiece()
    this.#body = nothing
  }

  get #left(): number {
    return this.#piece.length - this.#at
  }

  #begin(): Frame | Fault | undefined {
    if (this.#headFilled > 0 || this.#left < headBytes) return this.#beginInParts()
    const from = this.#at
    const head = readHead(this.#piece, from, this.#maxPayload())
    if (typeof head === "string") return head
    this.#at += headBytes
    return this.#left >= head.length ? this.#whole(head, from) : this.#keep(head, checksumOfHead(this.#piece, from))
  }

  /** The usual case: the frame stands in one piece, and nothing is copied. */
  #whole({ checksum, flags, id, kind, length }: Head, from: number): Frame | Fault {
    if (checksumOf(this.#piece, from, length) !== checksum) return "checksum"
    const payload = this.#piece.subarray(this.#at, this.#at + length)
    this.#at += length
    return { kind, flags, id, payload }
  }

  #beginInParts(): Frame | Fault | undefined {
    const taken = this.#piece.copy(this.#head, this.#headFilled, this.#at, this.#at + headBytes - this.#headFilled)
    this.#headFilled += taken
    this.#at += taken
    if (this.#headFilled < headBytes) return this.#foreign()
    this.#headFilled = 0
    const head = readHead(this.#head, 0, this.#maxPayload())
    return typeof head === "string" ? head : this.#keep(head, checksumOfHead(this.#head, 0))
  }

  /** Another protocol is told at once and not after 16 bytes, which it may never send. */
  #foreign(): Fault | undefined {
    if (this.#headFilled === 0) return undefined
    const head = readHead(this.#head.fill(0, this.#headFilled), 0, 0)
    return head === "magic" || (head === "version" && this.#headFilled > 1) ? head : undefined
  }

  #keep(head: Head, seed: number): Frame | Fault | undefined {
    this.#open = head
    this.#seed = seed
    this.#filled = 0
    return this.#continue(head)
  }

  #continue({ checksum, flags, id, kind, length }: Head): Frame | Fault | undefined {
    this.#take(length)
    if (this.#filled < length) return undefined
    const payload = this.#body.subarray(0, length)
    this.#open = undefined
    this.#body = nothing
    return crc32(payload, this.#seed) === checksum ? { kind, flags, id, payload } : "checksum"
  }

  #take(length: number): void {
    const wanted = Math.min(length - this.#filled, this.#left)
    this.#makeRoom(this.#filled + wanted, length)
    this.#filled += this.#piece.copy(this.#body, this.#filled, this.#at, this.#at + wanted)
    this.#at += wanted
  }

  #makeRoom(needed: number, length: number): void {
    if (needed <= this.#body.length) return
    const room = Buffer.allocUnsafeSlow(Math.min(length, Math.max(needed, this.#body.length * 2, smallest)))
    this.#body.copy(room, 0, 0, this.#filled)
    this.#body = room
  }
}
