/**
 * Looks through MessagePack bytes before msgpackr builds anything of them: every length against what is left, depth,
 * number of values, names, and the extension types that msgpackr would obey (records, references, errors, sets ...).
 * No recursion, no allocation that depends on a declared length.
 */
import { isUtf8 } from "node:buffer"
import { isForbiddenName, type Limits, malformed, tooDeep, tooMany } from "./limits.ts"

const format = "messagepack"

const truncated = () => malformed(format, "it ends in the middle of a value")

const utf8 = new TextDecoder()
const forbiddenLength = "__proto__".length

type Kind = "scalar" | "string" | "extension" | "array" | "map"

interface Token {
  readonly kind: Kind
  /** Bytes of length information after the first byte. */
  readonly sizeBytes: number
  /** Payload bytes (scalar, string, extension) or members (array, map), where the first byte tells. */
  readonly size: number
}

const token = (kind: Kind, sizeBytes: number, size = 0): Token => ({ kind, sizeBytes, size })

/** 0xc0 to 0xdf; 0xc1 is not used by the format. */
const others: ReadonlyArray<Token | undefined> = [
  token("scalar", 0),
  undefined,
  token("scalar", 0),
  token("scalar", 0),
  token("scalar", 1),
  token("scalar", 2),
  token("scalar", 4),
  token("extension", 1),
  token("extension", 2),
  token("extension", 4),
  token("scalar", 0, 4),
  token("scalar", 0, 8),
  token("scalar", 0, 1),
  token("scalar", 0, 2),
  token("scalar", 0, 4),
  token("scalar", 0, 8),
  token("scalar", 0, 1),
  token("scalar", 0, 2),
  token("scalar", 0, 4),
  token("scalar", 0, 8),
  token("extension", 0, 1),
  token("extension", 0, 2),
  token("extension", 0, 4),
  token("extension", 0, 8),
  token("extension", 0, 16),
  token("string", 1),
  token("string", 2),
  token("string", 4),
  token("array", 2),
  token("array", 4),
  token("map", 2),
  token("map", 4)
]

const single = token("scalar", 0)

const tokenOf = (byte: number): Token | undefined => {
  if (byte < 0x80 || byte >= 0xe0) return single
  if (byte < 0x90) return token("map", 0, byte & 0x0f)
  if (byte < 0xa0) return token("array", 0, byte & 0x0f)
  return byte < 0xc0 ? token("string", 0, byte & 0x1f) : others[byte - 0xc0]
}

const tokens: ReadonlyArray<Token | undefined> = Array.from({ length: 256 }, (_, byte) => tokenOf(byte))

export interface Options {
  readonly limits: Limits
  /** Type byte of each extension that may occur, and the lengths that it may have. */
  readonly extensions: ReadonlyMap<number, ReadonlyArray<number>>
}

class Scanner {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #options: Options
  /** What is still to come in each array or map that is open; of a map, names and values. */
  readonly #left: Array<number> = []
  readonly #isMap: Array<boolean> = []
  #position = 0
  #values = 0

  constructor(bytes: Uint8Array, options: Options) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#options = options
  }

  scan(): void {
    do {
      this.#one()
      this.#closeFinished()
    } while (this.#left.length > 0)
    const rest = this.#bytes.length - this.#position
    if (rest > 0) throw malformed(format, `${rest} bytes follow its end`)
  }

  /** Where the next `length` bytes begin; they are there. */
  #skip(length: number): number {
    if (length > this.#bytes.length - this.#position) throw truncated()
    this.#position += length
    return this.#position - length
  }

  #sizeOf({ size, sizeBytes }: Token): number {
    if (sizeBytes === 0) return size
    const at = this.#skip(sizeBytes)
    return sizeBytes === 1
      ? this.#view.getUint8(at)
      : sizeBytes === 2
      ? this.#view.getUint16(at)
      : this.#view.getUint32(at)
  }

  #string(length: number, isName: boolean): void {
    const text = this.#bytes.subarray(this.#skip(length), this.#position)
    if (!isUtf8(text)) throw malformed(format, "a string is not UTF-8")
    if (isName && length === forbiddenLength && isForbiddenName(utf8.decode(text))) {
      throw malformed(format, `the name "__proto__" is not allowed`)
    }
  }

  #extension(length: number): void {
    const type = this.#view.getUint8(this.#skip(1))
    const lengths = this.#options.extensions.get(type)
    if (lengths === undefined) throw malformed(format, `extension type ${type} is not allowed`)
    if (!lengths.includes(length)) throw malformed(format, `extension type ${type} has a length of ${length}`)
    this.#skip(length)
  }

  #open(kind: Kind, members: number): void {
    const parts = kind === "map" ? members * 2 : members
    // Each part takes a byte or more, so a greater number is a lie.
    if (parts > this.#bytes.length - this.#position) throw truncated()
    if (this.#left.length >= this.#options.limits.depth) throw tooDeep(this.#options.limits.depth)
    if (parts === 0) return
    this.#left.push(parts)
    this.#isMap.push(kind === "map")
  }

  #closeFinished(): void {
    while (this.#left.at(-1) === 0) {
      this.#left.pop()
      this.#isMap.pop()
    }
  }

  /** Counts the part that comes in the innermost array or map; whether it is the name of a member. */
  #enter(): boolean {
    const innermost = this.#left.length - 1
    const left = this.#left[innermost] ?? 0
    if (innermost >= 0) this.#left[innermost] = left - 1
    const isName = this.#isMap[innermost] === true && left % 2 === 0
    if (!isName && ++this.#values > this.#options.limits.elements) throw tooMany(this.#options.limits.elements)
    return isName
  }

  #one(): void {
    const isName = this.#enter()
    const found = tokens[this.#view.getUint8(this.#skip(1))]
    if (found === undefined) throw malformed(format, "it holds the byte 0xc1, which means nothing")
    if (isName && found.kind !== "string") throw malformed(format, "the name in a map is not a string")
    const size = this.#sizeOf(found)
    if (found.kind === "string") this.#string(size, isName)
    else if (found.kind === "extension") this.#extension(size)
    else if (found.kind === "scalar") this.#skip(size)
    else this.#open(found.kind, size)
  }
}

/** Throws `LimitExceeded` or `MalformedContainer`. */
export const scan = (bytes: Uint8Array, options: Options): void => new Scanner(bytes, options).scan()
