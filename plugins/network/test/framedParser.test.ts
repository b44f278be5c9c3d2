/** The frame format without a socket: what is written is read again however it is cut, and nothing else is ever read. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Frame, headBytes, kinds } from "../src/internal/framed/frame.ts"
import { FrameParser } from "../src/internal/framed/FrameParser.ts"
import { type Outgoing, piecesOf } from "../src/internal/framed/outgoing.ts"

const limit = 256 * 1024

const bytesOf = (frames: ReadonlyArray<Outgoing>): Buffer => Buffer.concat(piecesOf(frames))

const message = (id: number, payload: Uint8Array = Buffer.from("hello")): Outgoing => ({
  kind: kinds.message,
  flags: 0,
  id,
  payload
})

/** Everything that comes out until more bytes are needed; the last is the fault, where there is one. */
const readAll = (parser: FrameParser): ReadonlyArray<Frame | string> => {
  const found: Array<Frame | string> = []
  for (let next = parser.next(); next !== undefined; next = parser.next()) {
    found.push(next)
    if (typeof next === "string") break
  }
  return found
}

const parse = (bytes: Buffer, sizes: ReadonlyArray<number> = [], max = limit) => {
  const parser = new FrameParser(() => max)
  const found: Array<Frame | string> = []
  let at = 0
  for (const size of [...sizes, bytes.length]) {
    if (at === bytes.length || typeof found.at(-1) === "string") break
    parser.feed(bytes.subarray(at, at + size))
    at = Math.min(bytes.length, at + size)
    found.push(...readAll(parser))
  }
  return { found, parser }
}

const plain = (found: ReadonlyArray<Frame | string>) =>
  found.map((each) => typeof each === "string" ? each : { ...each, payload: Buffer.from(each.payload).toString("hex") })

const sent = ({ flags, id, kind, payload, prefix = new Uint8Array() }: Outgoing) => ({
  kind,
  flags,
  id,
  payload: Buffer.concat([prefix, payload]).toString("hex")
})

const outgoing: fc.Arbitrary<Outgoing> = fc.record({
  kind: fc.constantFrom(kinds.message, kinds.reply, kinds.error, kinds.goaway),
  flags: fc.integer({ min: 0, max: 3 }),
  id: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  prefix: fc.option(fc.uint8Array({ minLength: 25, maxLength: 25 }), { nil: undefined }),
  payload: fc.oneof(
    { weight: 8, arbitrary: fc.uint8Array({ maxLength: 300 }) },
    { weight: 1, arbitrary: fc.integer({ min: 30_000, max: 70_000 }).map((size) => Buffer.alloc(size, size % 251)) }
  )
})

describe("frames", () => {
  it("come out as they went in, whatever pieces they come in", () => {
    const pieces = fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 40_000 })))
    fc.assert(fc.property(fc.array(outgoing, { maxLength: 12 }), pieces, (frames, sizes) => {
      const { found, parser } = parse(bytesOf(frames), sizes)
      expect(plain(found)).toEqual(frames.map(sent))
      expect([parser.isPartial, parser.held]).toEqual([false, 0])
    }))
  })

  it("are read before all of a piece is, so that a caller may stop in between", () => {
    const parser = new FrameParser(() => limit)
    parser.feed(bytesOf([message(1), message(2)]))
    expect(parser.next()).toMatchObject({ id: 1 })
    parser.feed(bytesOf([message(3)]))
    expect([parser.next(), parser.next(), parser.next()]).toMatchObject([{ id: 2 }, { id: 3 }, undefined])
  })

  it("of which one bit is wrong are refused or were something else, and never read as they were sent", () => {
    const bytes = bytesOf([message(7)])
    fc.assert(fc.property(fc.integer({ min: 0, max: bytes.length * 8 - 1 }), (bit) => {
      const wrong = Buffer.from(bytes)
      wrong[bit >> 3] = (wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const { found, parser } = parse(wrong)
      // A longer length is no fault yet: the checksum waits for the rest.
      expect(parser.isPartial || typeof found[0] === "string").toBe(true)
    }))
  })
})

describe("bytes that are no frames", () => {
  it("are told by one fault that stays, and leave nothing in memory", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 4000 }), fc.array(fc.nat(50)), (bytes, sizes) => {
        const { found, parser } = parse(Buffer.from(bytes), sizes.map((size) => size + 1))
        expect(found.length).toBeLessThanOrEqual(1)
        if (typeof found[0] === "string") {
          parser.feed(bytesOf([message(1)]))
          expect(parser.next()).toBe(found[0])
        }
      }),
      { numRuns: 1000 }
    )
  })

  const changed = (at: number, value: number): Buffer => {
    const bytes = bytesOf([message(1)])
    bytes[at] = value
    return bytes
  }

  it.each([
    ["magic", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
    ["magic", Buffer.from("G")],
    ["magic", Buffer.from([0x16, 3, 1, 2, 0])],
    ["version", changed(1, 2)],
    ["version", changed(1, 2).subarray(0, 2)],
    ["kind", changed(6, 0)],
    ["kind", changed(6, 7)],
    ["flags", changed(7, 4)],
    ["checksum", changed(2, 0)],
    ["checksum", changed(8, 9)],
    ["checksum", changed(headBytes, 0)],
    ["length", bytesOf([{ kind: kinds.ping, flags: 0, id: 1, payload: Buffer.alloc(1) }])],
    ["length", bytesOf([{ kind: kinds.pong, flags: 0, id: 1, payload: Buffer.alloc(9) }])]
  ])("%s", (fault, bytes) => {
    expect(parse(bytes).found).toEqual([fault])
    expect(parse(bytes, Array.from({ length: bytes.length }, () => 1)).found).toEqual([fault])
  })

  it("a length over the limit is refused by its head, before a byte of the payload is kept", () => {
    const head = bytesOf([message(1, Buffer.alloc(2000))]).subarray(0, headBytes)
    const { found, parser } = parse(head, [], 1999)
    expect([found, parser.held]).toEqual([["too_large"], 0])
  })
})

describe("memory", () => {
  it("a promised length costs nothing, what has come at most twice its size, and never more than the frame", () => {
    const bytes = bytesOf([message(1, Buffer.alloc(limit))])
    const parser = new FrameParser(() => limit)
    parser.feed(bytes.subarray(0, headBytes + 1))
    expect([parser.next(), parser.held]).toEqual([undefined, 1024])
    for (let at = headBytes + 1; at < bytes.length - 1; at++) {
      parser.feed(bytes.subarray(at, at + 1))
      expect(parser.next()).toBeUndefined()
      if (parser.held > Math.min(limit, Math.max(1024, 2 * (at - headBytes + 1)))) {
        expect.fail(`${parser.held} at ${at}`)
      }
    }
    parser.feed(bytes.subarray(-1))
    expect(parser.next()).toMatchObject({ id: 1, payload: { length: limit } })
    expect(parser.held).toBe(0)
  })
})
