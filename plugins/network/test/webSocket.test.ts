import { assert, describe, it } from "@effect/vitest"
import { CompiledApi, Network, Problem } from "@heptad/network"
import { layerTest } from "@heptad/network/testing"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import * as FastCheck from "fast-check"
import { connect, figure, frame, handshake, rawClient, routes } from "./sockets.ts"
import { converse, parse, request, stable, until } from "./support.ts"

type Settings = NonNullable<NonNullable<Parameters<typeof layerTest>[0]>["settings"]>

const served = (websocket: Settings["websocket"] = {}, settings: Settings = {}) =>
  routes.pipe(Layer.provideMerge(layerTest({ settings: { websocket, ...settings } })))

/** What the server answers to a handshake, and that it ends the connection. */
const answer = (path: string, headers: Parameters<typeof handshake>[1] = {}) =>
  Effect.map(converse(handshake(path, headers)), parse)

const refusal = (answer: ReturnType<typeof parse>) => {
  const { code, detail } = Schema.decodeUnknownSync(Problem.Problem)(answer.body)
  return [answer.status, code, detail]
}

/** A raw client after its handshake. */
const open = Effect.fnUntraced(function*(path = "/echo") {
  const client = yield* rawClient
  client.socket.write(handshake(path))
  yield* until(Effect.sync(() => client.received.includes("\r\n\r\n")))
  assert.strictEqual(client.answer.status, 101)
  return client
})

const nobodyLeft = until(Effect.map(figure("websocket_connections_active"), (open) => open === 0))

describe("a WebSocket", () => {
  it.live("carries messages both ways, and is counted", () =>
    Effect.gen(function*() {
      const received = figure("websocket_messages_total", { direction: "received" })
      const sent = figure("websocket_messages_total", { direction: "sent" })
      const before = yield* Effect.all([received, sent])
      const client = yield* connect("/echo")
      yield* client.send("one")
      yield* client.send("two")
      assert.deepStrictEqual([yield* client.next, yield* client.next], ["one", "two"])
      assert.deepStrictEqual(yield* Effect.all([received, sent]), [before[0] + 2, before[1] + 2])
      assert.strictEqual(yield* figure("websocket_connections_active"), 1)
      const codes = figure("websocket_closes_total", { code: "1000" })
      const closes = yield* codes
      client.socket.close(1000)
      assert.strictEqual((yield* client.closed).code, 1000)
      yield* until(Effect.map(codes, (count) => count === closes + 1))
      yield* nobodyLeft
    }).pipe(Effect.scoped, Effect.provide(served())))

  it.live("is a request until its 101, with an id, and tells its end in a line of its own", () => {
    const told: Array<string> = []
    const journal = Logger.layer([Logger.make(({ fiber, message }) => {
      const { code, endpoint, status } = { ...fiber.getRef(References.CurrentLogAnnotations) }
      told.push(`${String(message)} ${String(endpoint ?? code)} ${String(status ?? "")}`.trim())
    })])
    return Effect.gen(function*() {
      const head = yield* Deferred.make<string | undefined>()
      const client = yield* connect("/echo", {
        headers: { "x-request-id": "id-of-the-client" },
        finishRequest: (request) => {
          request.on("upgrade", (response) => {
            Deferred.doneUnsafe(head, Effect.succeed(String(response.headers["x-request-id"])))
          })
          request.end()
        }
      })
      assert.strictEqual(yield* Deferred.await(head), "id-of-the-client")
      client.socket.close(4001)
      yield* client.closed
      yield* until(Effect.sync(() => told.includes("websocket closed 4001")))
      assert.include(told, "request /echo 101")
      assert.isEmpty(told.filter((line) => line.includes("failed")))
    }).pipe(Effect.scoped, Effect.provide(Layer.provideMerge(served(), journal)))
  })

  it.live("opens for endpoints of an HttpApi, which answer 426 to who asks for none", () => {
    const Api = HttpApi.make("chat").add(
      HttpApiGroup.make("chat").add(HttpApiEndpoint.get("join", "/chat/:room", {
        params: { room: Schema.String },
        success: HttpApiSchema.Empty(204)
      }))
    )
    const handlers = HttpApiBuilder.group(Api, "chat", (handlers) =>
      handlers.handleAll({
        join: ({ params, request }) =>
          Effect.gen(function*() {
            const socket = yield* request.upgrade
            const { write } = yield* socket.writer
            const { pull } = yield* socket.reader
            yield* write(`welcome to ${params.room}`)
            return yield* Effect.forever(pull)
          }).pipe(Effect.scoped, Effect.orDie)
      }))
    const api = CompiledApi.layer(Api).pipe(Layer.provide(handlers), Layer.provideMerge(layerTest()))
    return Effect.gen(function*() {
      const client = yield* connect("/chat/kitchen")
      assert.strictEqual(yield* client.next, "welcome to kitchen")
      const plain = yield* request("/chat/kitchen")
      assert.deepStrictEqual([plain.headers["upgrade"], ...refusal(plain)], [
        "websocket",
        426,
        "network.receive",
        "This path opens a WebSocket. Ask for one: Connection: Upgrade, Upgrade: websocket"
      ])
    }).pipe(Effect.scoped, Effect.provide(api))
  })

  it.live("does not fail its handler when the client is gone without a word", () => {
    const told: Array<string> = []
    const journal = Logger.layer([Logger.make(({ message }) => told.push(String(message)))])
    return Effect.gen(function*() {
      const client = yield* open()
      client.socket.resetAndDestroy()
      yield* nobodyLeft
      assert.isEmpty(told.filter((line) => line.includes("failed")))
    }).pipe(Effect.scoped, Effect.provide(Layer.provideMerge(served(), journal)))
  })
})

describe("a handshake", () => {
  it.live("of a page of another origin is refused, of this server's own and of no browser passes", () =>
    Effect.gen(function*() {
      const { address } = yield* Network
      const foreign = yield* answer("/echo", { origin: "https://evil.example" })
      assert.deepStrictEqual(stable(foreign), {
        type: "urn:heptad:error:common.permission_denied",
        title: "Not allowed",
        status: 403,
        detail: "Pages of this origin may not open WebSockets here. Open it from a page of this server, " +
          "or add the origin to network.websocket.allowed_origins.",
        instance: "/echo",
        code: "common.permission_denied",
        number: -3,
        plugin: "network",
        trace_id: "<trace>"
      })
      assert.strictEqual(foreign.headers["connection"], "close")
      assert.strictEqual((yield* answer("/echo", { origin: "null" })).status, 403)
      yield* connect("/echo", { origin: address.url })
      yield* connect("/echo")
    }).pipe(Effect.scoped, Effect.provide(served())))

  it.live("of an origin of the settings or of CORS passes; the asterisk of CORS is not meant", () =>
    Effect.gen(function*() {
      yield* connect("/echo", { origin: "https://app.example" })
      yield* connect("/echo", { origin: "https://shop.example" })
      assert.strictEqual((yield* answer("/echo", { origin: "https://evil.example" })).status, 403)
    }).pipe(
      Effect.scoped,
      Effect.provide(
        served({ allowed_origins: ["https://app.example"] }, {
          http: { cors: { enabled: true, allowed_origins: ["*", "https://shop.example"] } }
        })
      )
    ))

  it.live("that is none is refused with what is missing", () =>
    Effect.gen(function*() {
      const version = yield* answer("/echo", { "sec-websocket-version": "8" })
      assert.deepStrictEqual(refusal(version), [
        426,
        "network.receive",
        "This server speaks version 13 of the WebSocket protocol. Send the header: Sec-WebSocket-Version: 13"
      ])
      assert.strictEqual(version.headers["sec-websocket-version"], "13")
      assert.deepStrictEqual(refusal(yield* answer("/echo", { "sec-websocket-key": "short" })), [
        400,
        "network.receive",
        "The header Sec-WebSocket-Key is missing or not 16 bytes in base64. Use a WebSocket client."
      ])
      assert.deepStrictEqual(refusal(parse(yield* converse(handshake("/echo").replace("GET", "POST")))), [
        400,
        "network.receive",
        "A WebSocket is opened by GET without a body. Use a WebSocket client."
      ])
      assert.deepStrictEqual(refusal(yield* answer("/echo", { "sec-websocket-protocol": "a,,b" })), [
        400,
        "network.receive",
        "The headers Sec-WebSocket-Protocol or Sec-WebSocket-Extensions cannot be read. Use a WebSocket client."
      ])
      assert.strictEqual((yield* answer("/echo", { host: undefined })).status, 400)
    }).pipe(Effect.provide(served())))

  it.live("for a path without a WebSocket is answered like every request, and ends the connection", () =>
    Effect.gen(function*() {
      assert.deepInclude(yield* answer("/hello"), { status: 200, body: "hello" })
      assert.deepStrictEqual(refusal(yield* answer("/nowhere")), [
        404,
        "common.not_found",
        "There is nothing at this path. Compare it with the documentation of the API."
      ])
    }).pipe(Effect.provide(served())))

  it.live("to HTTP/2 in clear is ignored, and the connection stays", () =>
    Effect.gen(function*() {
      const client = yield* rawClient
      const answers = (count: number) =>
        until(Effect.sync(() => client.received.toString().split("HTTP/1.1 200 OK").length === count + 1))
      client.socket.write(
        "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"
      )
      yield* answers(1)
      client.socket.write("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
      yield* answers(2)
    }).pipe(Effect.scoped, Effect.provide(served())))

  it.live("to a protocol that an endpoint of an HttpApi opens gives it the connection", () => {
    const Api = HttpApi.make("exec").add(
      HttpApiGroup.make("exec").add(HttpApiEndpoint.post("start", "/exec", {
        payload: Schema.Struct({ greeting: Schema.String }),
        success: HttpApiSchema.Upgrade({ protocol: "tcp", headers: { "x-stream": Schema.String } })
      }))
    )
    const handlers = HttpApiBuilder.group(Api, "exec", (handlers) =>
      handlers.handleAll({
        start: ({ payload, upgrade }) =>
          Effect.gen(function*() {
            const socket = yield* upgrade({ headers: { "x-stream": "raw" } })
            const { write, writeAll } = yield* socket.writer
            const { pull } = yield* socket.reader
            yield* write(payload.greeting)
            return yield* Effect.forever(Effect.flatMap(pull, writeAll))
          }).pipe(Effect.scoped, Effect.orDie)
      }))
    const told: Array<string> = []
    const journal = Logger.layer([Logger.make(({ fiber, message }) => {
      const { endpoint, status } = { ...fiber.getRef(References.CurrentLogAnnotations) }
      told.push(`${String(message)} ${String(endpoint)} ${String(status)}`)
    })])
    const api = CompiledApi.layer(Api).pipe(Layer.provide(handlers), Layer.provideMerge(layerTest()))
    const body = JSON.stringify({ greeting: "hello " })
    const head = handshake("/exec", {
      upgrade: "tcp",
      "content-type": "application/json",
      "content-length": String(body.length)
    })
    return Effect.gen(function*() {
      const client = yield* rawClient
      client.socket.write(head.replace("GET", "POST") + body)
      yield* until(Effect.sync(() => client.frames.toString() === "hello "))
      client.socket.write("bytes")
      yield* until(Effect.sync(() => client.frames.toString() === "hello bytes"))
      assert.strictEqual(client.answer.status, 101)
      assert.strictEqual(client.answer.headers["x-stream"], "raw")
      assert.match(client.answer.headers["x-request-id"] ?? "", /^[0-9a-f]{32}$/)
      assert.include(told, "request /exec 101")
    }).pipe(Effect.scoped, Effect.provide(Layer.provideMerge(api, journal)))
  })

  it.live("behind a request that is still being answered ends the connection", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* converse("GET /never HTTP/1.1\r\nHost: a\r\n\r\n", handshake("/echo")),
        ""
      )
    }).pipe(Effect.provide(served())))

  it.live("is refused above max_connections until one has closed", () =>
    Effect.gen(function*() {
      const first = yield* connect("/echo")
      const above = yield* answer("/echo")
      assert.deepStrictEqual(refusal(above), [
        503,
        "common.not_initialized",
        "All 1 WebSockets of this server are taken. Connect again later, or raise network.websocket.max_connections."
      ])
      assert.strictEqual(above.headers["retry-after"], "1")
      first.socket.close()
      yield* nobodyLeft
      yield* connect("/echo")
    }).pipe(Effect.scoped, Effect.provide(served({ max_connections: 1 }))))

  it.live("that its handler does not answer in time gets 504, and the handler ends", () =>
    Effect.gen(function*() {
      const ended = yield* Deferred.make<void>()
      const router = yield* HttpRouter.HttpRouter
      yield* router.add("GET", "/hangs", Effect.onInterrupt(Effect.never, () => Deferred.succeed(ended, undefined)))
      assert.deepStrictEqual(refusal(yield* answer("/hangs")), [
        504,
        "common.timeout",
        "The server did not open the WebSocket in time. Connect again later."
      ])
      yield* Deferred.await(ended)
    }).pipe(Effect.provide(served({ handshake_timeout: "50ms" }))))
})

describe("bad frames", () => {
  const text = (value: string) => Buffer.from(value)
  const cases: ReadonlyArray<readonly [title: string, code: number, bytes: ReadonlyArray<Buffer>]> = [
    ["an unmasked frame", 1002, [Buffer.from([0x81, 2, 104, 105])]],
    ["a reserved opcode", 1002, [frame(3, text("hi"))]],
    ["a reserved bit", 1002, [Buffer.from([0xc1, 0x80, 1, 2, 3, 4])]],
    ["a continuation of nothing", 1002, [frame(0, text("hi"))]],
    ["a fragmented ping", 1002, [frame(9, text("hi"), false)]],
    ["invalid UTF-8", 1007, [frame(1, Buffer.from([0xc3, 0x28]))]],
    ["a message over the limit", 1009, [frame(2, Buffer.alloc(2000))]],
    ["a message over the limit in pieces", 1009, [
      frame(2, Buffer.alloc(600), false),
      frame(0, Buffer.alloc(600), false)
    ]],
    ["a length of 2^63", 1009, [Buffer.from([0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4])]],
    [
      "fragments without end",
      1008,
      Array.from({ length: 20_000 }, (_, index) => frame(index === 0 ? 2 : 0, text(""), false))
    ]
  ]
  for (const [title, code, bytes] of cases) {
    it.live(`${title} is closed with ${code}, and counted`, () =>
      Effect.gen(function*() {
        const codes = figure("websocket_closes_total", { code: String(code) })
        const before = yield* codes
        const other = yield* connect("/echo")
        const client = yield* open()
        client.socket.write(Buffer.concat(bytes))
        yield* until(Effect.sync(() => client.closeCode === code))
        client.socket.end()
        yield* until(Effect.map(codes, (count) => count === before + 1))
        yield* other.send("still here")
        assert.strictEqual(yield* other.next, "still here")
      }).pipe(Effect.scoped, Effect.provide(served({ max_message_size: "1KB" }))))
  }

  it.live("a client that floods with pings and reads no pong is cut off", () =>
    Effect.gen(function*() {
      const client = yield* open()
      client.socket.pause()
      const flood = Buffer.concat(Array.from({ length: 5000 }, () => frame(9, Buffer.alloc(125))))
      const go = () => {
        while (!client.socket.destroyed && client.socket.write(flood));
      }
      client.socket.on("drain", go)
      go()
      yield* nobodyLeft
    }).pipe(Effect.scoped, Effect.provide(served())))

  it.live("random bytes end a connection or do not, and the others go on", () =>
    Effect.gen(function*() {
      const other = yield* connect("/echo")
      const run = (bytes: Uint8Array) =>
        Effect.gen(function*() {
          const client = yield* open()
          client.socket.end(bytes)
          yield* until(Effect.sync(() => client.isClosed))
          yield* other.send("ping")
          assert.strictEqual(yield* other.next, "ping")
        }).pipe(Effect.scoped)
      const runPromise = Effect.runPromiseWith(yield* Effect.context<Network>())
      const bytes = FastCheck.oneof(
        FastCheck.uint8Array({ maxLength: 300 }),
        FastCheck.array(
          FastCheck.tuple(FastCheck.nat(15), FastCheck.uint8Array({ maxLength: 200 }), FastCheck.boolean())
        )
          .map((frames) =>
            Buffer.concat(frames.map(([opcode, payload, final]) => frame(opcode, Buffer.from(payload), final)))
          )
      )
      yield* Effect.promise(() =>
        FastCheck.assert(FastCheck.asyncProperty(bytes, (bytes) => runPromise(run(bytes))), { numRuns: 150 })
      )
    }).pipe(Effect.scoped, Effect.provide(served())), 30_000)
})

/** Opens, and closes at once. */
const bye = Effect.gen(function*() {
  const request = yield* HttpServerRequest.HttpServerRequest
  const socket = yield* request.upgrade
  yield* socket.reader
}).pipe(Effect.orDie, Effect.scoped, Effect.as(Response.empty()))

describe("a peer", () => {
  it.live("that does not answer pings is cut off and counted, one that answers stays", () =>
    Effect.gen(function*() {
      const cuts = figure("websocket_cut_total", { reason: "pong_timeout" })
      const before = yield* cuts
      const alive = yield* connect("/echo")
      const pings = yield* Deferred.make<void>()
      let count = 0
      alive.socket.on("ping", () => ++count === 5 && Deferred.doneUnsafe(pings, Effect.void))
      const halfOpen = yield* open()
      yield* until(Effect.sync(() => halfOpen.isClosed))
      assert.strictEqual(yield* cuts, before + 1)
      yield* Deferred.await(pings)
      yield* alive.send("here")
      assert.strictEqual(yield* alive.next, "here")
    }).pipe(Effect.scoped, Effect.provide(served({ ping_interval: "40ms", pong_timeout: "100ms" }))))

  it.live("that does not answer a close is cut off", () =>
    Effect.gen(function*() {
      const cuts = figure("websocket_cut_total", { reason: "close_timeout" })
      const before = yield* cuts
      const router = yield* HttpRouter.HttpRouter
      yield* router.add("GET", "/bye", bye)
      const client = yield* open("/bye")
      yield* until(Effect.sync(() => client.isClosed))
      assert.strictEqual(client.closeCode, 1000)
      assert.strictEqual(yield* cuts, before + 1)
    }).pipe(Effect.scoped, Effect.provide(served({ pong_timeout: "100ms" }))))

  it.live("that is idle for longer than the timeouts of HTTP stays", () =>
    Effect.gen(function*() {
      const client = yield* connect("/echo")
      // Another connection that stands still shows that the time is over.
      yield* Effect.repeat(converse(""), { times: 2 })
      yield* client.send("here")
      assert.strictEqual(yield* client.next, "here")
    }).pipe(
      Effect.scoped,
      Effect.provide(
        served({}, { tcp: { read_timeout: "100ms", write_timeout: "100ms", keepalive_timeout: "100ms" } })
      )
    ))
})

const piece = "x".repeat(32 * 1024)

/** Sends without end; every message, or as many as its senders at once can. */
const sends = (senders: number, onSent: () => void) =>
  Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    const socket = yield* request.upgrade
    const { write } = yield* socket.writer
    const { pull } = yield* socket.reader
    const one = Effect.andThen(write(piece), Effect.sync(onSent))
    const all = Effect.forEach(Array.from({ length: senders }), () => Effect.forever(one), {
      concurrency: "unbounded",
      discard: true
    })
    return yield* Effect.raceFirst(all, Effect.forever(pull))
  }).pipe(Effect.orDie, Effect.scoped, Effect.as(Response.empty()))

describe("a slow reader", () => {
  it.live("holds back a handler that sends one message after the other, and loses none", () =>
    Effect.gen(function*() {
      let sent = 0
      const router = yield* HttpRouter.HttpRouter
      yield* router.add("GET", "/flood", sends(1, () => sent++))
      const client = yield* connect("/flood")
      let received = 0
      client.socket.on("message", () => received++)
      client.socket.pause()
      let before = -1
      yield* until(
        Effect.sync(() => {
          const isHeld = sent > 0 && sent === before
          before = sent
          return isHeld
        }).pipe(Effect.delay("50 millis"))
      )
      const held = sent
      client.socket.resume()
      yield* until(Effect.sync(() => received > held))
    }).pipe(Effect.scoped, Effect.provide(served({ max_buffered: "1MB" }))))

  it.live("is cut off when others send to it at once and do not wait, and memory stays bounded", () =>
    Effect.gen(function*() {
      const cuts = figure("websocket_cut_total", { reason: "slow_reader" })
      const before = yield* cuts
      const router = yield* HttpRouter.HttpRouter
      yield* router.add("GET", "/flood", sends(200, () => {}))
      const client = yield* connect("/flood")
      client.socket.pause()
      yield* until(Effect.map(cuts, (count) => count === before + 1))
      yield* nobodyLeft
    }).pipe(Effect.scoped, Effect.provide(served({ max_buffered: "1MB" }))))
})

describe("compression", () => {
  it.live("is agreed on when it is on, and a message that expands over the limit is refused", () =>
    Effect.gen(function*() {
      const client = yield* connect("/echo")
      assert.include(client.socket.extensions, "permessage-deflate")
      yield* client.send("y".repeat(50_000))
      assert.strictEqual((yield* client.next).length, 50_000)
      yield* client.send("y".repeat(200_000))
      assert.strictEqual((yield* client.closed).code, 1009)
    }).pipe(
      Effect.scoped,
      Effect.provide(served({ max_message_size: "100KB", compression: { enabled: true } }))
    ))

  it.live("is refused when it is off", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* connect("/echo")).socket.extensions, "")
    }).pipe(Effect.scoped, Effect.provide(served())))
})
