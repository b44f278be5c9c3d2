/** HTTP/2 clients that send frames without end, byte by byte, beside one that is served. */
import { assert, describe, it } from "@effect/vitest"
import { Network } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as http2 from "node:http2"
import type { TLSSocket } from "node:tls"
import { authority, forLocalhost } from "./certificates.ts"
import { server, until } from "./support.ts"
import { connected, filesOf, folder, journal, measured } from "./tlsSupport.ts"

const root = authority("Heptad Test Root")
const mine = forLocalhost(root)
const ca = root.cert

const types = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  ping: 6,
  windowUpdate: 8,
  continuation: 9,
  unknown: 0xee
}
const flags = { none: 0, ack: 1, endStream: 1, endHeaders: 4 }

/** RFC 9113 section 4.1. */
const frame = (type: number, flag: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer => {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flag, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

const preface = Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(types.settings, flags.none, 0)])

/** GET https://a/ in HPACK. */
const getRoot = Buffer.of(0x82, 0x87, 0x84, 0x41, 1, 0x61)

/** A literal field of 250 bytes that is not kept in the table. */
const field = Buffer.concat([Buffer.of(0x00, 0x01, 0x61, 0x7f, 0x7b), Buffer.alloc(250, 0x61)])

const beginsHead = frame(types.headers, flags.none, 1, getRoot)
const begins = frame(types.headers, flags.endHeaders, 1, getRoot)
const eight = new Uint8Array(8)
const tableSize = Buffer.of(0, 1, 0, 0, 0x10, 0)

interface Flood {
  readonly what: string
  /** Sent once, before the others. */
  readonly first?: Buffer
  readonly frame: Buffer
  readonly reason: "flood" | "protocol"
}

const floods: ReadonlyArray<Flood> = [
  { what: "empty CONTINUATION", first: beginsHead, frame: frame(types.continuation, flags.none, 1), reason: "flood" },
  {
    what: "full CONTINUATION",
    first: beginsHead,
    frame: frame(types.continuation, flags.none, 1, field),
    reason: "flood"
  },
  { what: "PING", frame: frame(types.ping, flags.none, 0, eight), reason: "flood" },
  { what: "empty SETTINGS", frame: frame(types.settings, flags.none, 0), reason: "flood" },
  {
    what: "SETTINGS of the size of the table",
    frame: frame(types.settings, flags.none, 0, tableSize),
    reason: "flood"
  },
  {
    what: "SETTINGS with 100 entries",
    frame: frame(types.settings, flags.none, 0, Buffer.concat(Array.from({ length: 100 }, () => tableSize))),
    reason: "protocol"
  },
  { what: "PING answers to no PING", frame: frame(types.ping, flags.ack, 0, eight), reason: "protocol" },
  { what: "SETTINGS answers to no SETTINGS", frame: frame(types.settings, flags.ack, 0), reason: "protocol" },
  { what: "empty DATA", first: begins, frame: frame(types.data, flags.none, 1), reason: "protocol" },
  { what: "PRIORITY", frame: frame(types.priority, flags.none, 1, Buffer.of(0, 0, 0, 3, 1)), reason: "protocol" },
  { what: "unknown", frame: frame(types.unknown, flags.none, 0, eight), reason: "protocol" }
]

const most = 200_000

/** Sends frames until the connection is closed; how many were taken from it. */
const sendAll = (socket: TLSSocket, { first, frame }: Flood) =>
  Effect.callback<number>((resume) => {
    let sent = 0
    const frames = Buffer.concat(Array.from({ length: 100 }, () => frame))
    const send = (): void => {
      if (socket.destroyed || sent >= most) return resume(Effect.succeed(sent))
      sent += 100
      if (socket.write(frames)) setImmediate(send)
      else socket.once("drain", send)
    }
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(sent)))
    socket.write(preface)
    if (first !== undefined) socket.write(first)
    send()
  })

/** `takes`: whether the client reads what it is answered. */
const attack = Effect.fnUntraced(function*(flood: Flood, takes: boolean) {
  const socket = yield* connected({ ca, ALPNProtocols: ["h2"] })
  if (takes) socket.resume()
  return yield* sendAll(socket, flood)
}, Effect.scoped)

const session = Effect.acquireRelease(
  Effect.flatMap(
    Network,
    ({ address }) =>
      Effect.sync(() => http2.connect(`https://127.0.0.1:${address.port}`, { ca, servername: "localhost" }))
  ),
  (made) => Effect.sync(() => made.destroy())
)

const hello = (client: http2.ClientHttp2Session) =>
  Effect.callback<number | void>((resume) => {
    const stream = client.request({ ":path": "/hello" })
    stream.on("response", (head) => resume(Effect.succeed(head[":status"])))
    stream.on("error", () => resume(Effect.void))
    stream.resume()
  })

/** The answers that somebody else gets meanwhile. */
const beside = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const client = yield* session
    const seen = new Set([yield* hello(client)])
    const fiber = yield* Effect.forkChild(self)
    while (fiber.pollUnsafe() === undefined) seen.add(yield* hello(client))
    assert.deepStrictEqual([...seen], [200])
    return yield* Fiber.join(fiber)
  }).pipe(Effect.scoped)

const refused = (reason: Flood["reason"]) => measured("http2_sessions_refused_total", { reason })

const sentences = {
  flood:
    "an HTTP/2 client sent PING, SETTINGS or CONTINUATION frames without end: its session was closed. Client: 127.0.0.1.",
  protocol: "an HTTP/2 client broke the protocol or a limit of it: its session was closed. Client: 127.0.0.1."
}

const serving = Effect.fnUntraced(function*<A, E, R>(test: Effect.Effect<A, E, R>) {
  const files = yield* folder
  files.pair("first", mine)
  const { layer, told } = journal()
  const settings = { tls: { enabled: true, http2: true, ...filesOf(files, "first") } }
  yield* test.pipe(Effect.scoped, Effect.provide(Layer.provideMerge(server({ settings }), layer)))
  return told
}, Effect.scoped)

/** What unbounded queues would exceed by far. */
const mostMemory = 64 * 1024 * 1024

const attacked = Effect.fnUntraced(function*(flood: Flood, takes: boolean) {
  const before = yield* refused(flood.reason)
  const { rss } = process.memoryUsage()
  assert.isBelow(yield* beside(attack(flood, takes)), most)
  yield* until(Effect.map(refused(flood.reason), (after) => after === before + 1))
  yield* until(Effect.map(measured("network_connections_active"), (open) => open === 0))
  assert.isBelow(process.memoryUsage().rss - rss, mostMemory)
})

describe("an HTTP/2 client is sent away and counted, beside others that are served, when it sends", () => {
  for (const flood of floods) {
    it.live(`${flood.what} frames without end, and takes the answers`, () =>
      Effect.map(serving(attacked(flood, true)), (told) => assert.deepStrictEqual(told, [sentences[flood.reason]])))

    it.live(`${flood.what} frames without end, and no answer can be got rid of`, () =>
      Effect.map(serving(attacked(flood, false)), (told) => assert.deepStrictEqual(told, [sentences[flood.reason]])))
  }
})

it.live("an HTTP/2 client that pings and changes its settings as often as libraries do is served", () =>
  serving(Effect.gen(function*() {
    const client = yield* session
    const pinged = Effect.callback<void>((resume) => void client.ping(() => resume(Effect.void)))
    const changed = Effect.callback<void>((resume) =>
      client.settings({ initialWindowSize: 65_535 }, () => resume(Effect.void))
    )
    yield* Effect.forEach(Array.from({ length: 50 }), () => Effect.andThen(pinged, changed))
    assert.strictEqual(yield* hello(client), 200)
  })))
