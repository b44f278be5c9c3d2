/** Clients of WebSockets: `ws` for what behaves, bytes for what does not. */
import * as NodeWS from "@effect/platform-node/NodeWS"
import { Network } from "@heptad/network"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Queue from "effect/Queue"
import * as net from "node:net"
import { type Answer, parse } from "./support.ts"

/** Sends every message back. */
const echo = Effect.gen(function*() {
  const request = yield* HttpServerRequest.HttpServerRequest
  const socket = yield* request.upgrade
  const { writeAll } = yield* socket.writer
  const { pull } = yield* socket.reader
  return yield* Effect.forever(Effect.flatMap(pull, writeAll))
})

export interface Closed {
  readonly code: number
  readonly reason: string
}

export interface Client {
  readonly socket: NodeWS.WebSocket
  readonly send: (text: string) => Effect.Effect<void>
  readonly next: Effect.Effect<string>
  readonly closed: Effect.Effect<Closed>
}

/** A client that is open; closed with the scope. */
export const connect = Effect.fnUntraced(function*(path: string, options: NodeWS.ClientOptions = {}) {
  const { address } = yield* Network
  const messages = yield* Queue.unbounded<string>()
  const closed = yield* Deferred.make<Closed>()
  const socket = yield* Effect.acquireRelease(
    Effect.callback<NodeWS.WebSocket, Error>((resume) => {
      const socket = new NodeWS.WebSocket(`${address.url.replace("http", "ws")}${path}`, options)
      socket.on("open", () => resume(Effect.succeed(socket)))
      socket.on("error", (error) => resume(Effect.fail(error)))
      socket.on("message", (data) => Queue.offerUnsafe(messages, String(data)))
      socket.on("close", (code, reason) => {
        Deferred.doneUnsafe(closed, Effect.succeed({ code, reason: String(reason) }))
      })
    }),
    (socket) => Effect.sync(() => socket.terminate())
  )
  const client: Client = {
    socket,
    send: (text) => Effect.sync(() => socket.send(text)),
    next: Queue.take(messages),
    closed: Deferred.await(closed)
  }
  return client
}, Effect.orDie)

const key = "dGhlIHNhbXBsZSBub25jZQ=="

/** The head of a handshake, fields of `headers` in place of or beside the usual ones; undefined leaves one out. */
export const handshake = (path: string, headers: Readonly<Record<string, string | undefined>> = {}): string => {
  const all = {
    host: "localhost",
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": key,
    ...headers
  }
  const lines = Object.entries(all).flatMap(([name, value]) => value === undefined ? [] : [`${name}: ${value}`])
  return [`GET ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n")
}

/** A client of bytes after a good handshake. It answers nothing by itself. */
export class RawClient {
  readonly socket: net.Socket
  received = Buffer.alloc(0)
  isClosed = false

  constructor(port: number, host: string) {
    this.socket = net.connect(port, host)
    this.socket.on("data", (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk])
    })
    this.socket.on("error", () => {})
    this.socket.on("close", () => {
      this.isClosed = true
    })
  }

  /** What came after the head of the answer. */
  get frames(): Buffer {
    const end = this.received.indexOf("\r\n\r\n")
    return end < 0 ? Buffer.alloc(0) : this.received.subarray(end + 4)
  }

  get answer(): Answer {
    return parse(this.received.toString("latin1"))
  }

  /** The code of the close frame, where one came; frames before it are small ones. */
  get closeCode(): number | undefined {
    let at = 0
    const { frames } = this
    while (at + 2 <= frames.length) {
      const length = frames.readUInt8(at + 1)
      if ((frames.readUInt8(at) & 0x0f) === 8) return length < 2 ? undefined : frames.readUInt16BE(at + 2)
      at += 2 + length
    }
    return undefined
  }
}

export const rawClient = Effect.gen(function*() {
  const { address } = yield* Network
  return yield* Effect.acquireRelease(
    Effect.sync(() => new RawClient(address.port, address.host)),
    ({ socket }) => Effect.sync(() => socket.destroy())
  )
})

const mask = Buffer.from([1, 2, 3, 4])

/** A masked frame of up to 65,535 bytes. */
export const frame = (opcode: number, payload: Buffer = Buffer.alloc(0), final = true): Buffer => {
  const size = payload.length
  const head = size < 126
    ? Buffer.from([(final ? 0x80 : 0) | opcode, 0x80 | size])
    : Buffer.from([(final ? 0x80 : 0) | opcode, 0x80 | 126, size >> 8, size & 255])
  return Buffer.concat([head, mask, payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))])
}

/** The value of a counter or gauge with these attributes; 0 before its first update. */
export const figure = (id: string, attributes: Readonly<Record<string, string>> = {}) =>
  Effect.map(Metric.snapshot, (all) => {
    const found = all.find((metric) =>
      metric.id === id && Object.entries(attributes).every(([name, value]) => metric.attributes?.[name] === value)
    )
    if (found?.type === "Counter") return Number(found.state.count)
    return found?.type === "Gauge" ? Number(found.state.value) : 0
  })

export const routes = Layer.mergeAll(
  HttpRouter.add("GET", "/echo", Effect.scoped(Effect.orDie(echo))),
  HttpRouter.add("GET", "/hello", Response.text("hello")),
  HttpRouter.add("GET", "/never", Effect.never)
)
