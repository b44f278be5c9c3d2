/** What a framed client makes of servers that are away, slow, leaving or out of their mind. */
import { assert, describe, it } from "@effect/vitest"
import { Codecs, Container, Value } from "@heptad/container"
import { FramedClient } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as net from "node:net"
import { headBytes, kinds } from "../src/internal/framed/frame.ts"
import type { Outgoing } from "../src/internal/framed/outgoing.ts"
import {
  bytesOf,
  client,
  codecs,
  create,
  gate,
  growth,
  large,
  type Peer,
  peerOf,
  server,
  slow
} from "./framedSupport.ts"
import { until } from "./support.ts"

const order = { item: "tea", quantity: 1 }

interface Fake {
  readonly port: number
  /** The connections so far. */
  readonly peers: ReadonlyArray<Peer>
  /** The messages of all of them. */
  readonly messages: () => ReadonlyArray<{ readonly peer: Peer; readonly id: number }>
}

const pong = (id: number, maxFrame = 1024 * 1024, maxInFlight = 128): Outgoing => {
  const payload = Buffer.alloc(8)
  payload.writeUInt32BE(maxFrame, 0)
  payload.writeUInt32BE(maxInFlight, 4)
  return { kind: kinds.pong, flags: 0, id, payload }
}

/** Answers pings and nothing else; what it does otherwise is the test's. */
const fake = (limits: readonly [maxFrame: number, maxInFlight: number] = [1024 * 1024, 128], port = 0) =>
  Effect.gen(function*() {
    const peers: Array<Peer> = []
    const run = Effect.runForkWith(yield* Effect.context<never>())
    const scope = yield* Effect.scope
    const listener = net.createServer((socket) => {
      run(Effect.provideService(
        Effect.map(peerOf(socket), (peer) => {
          let answered = 0
          peers.push(peer)
          socket.on("data", () => {
            const pings = peer.frames.filter(({ kind }) => kind === kinds.ping)
            for (const { id } of pings.slice(answered)) peer.write(bytesOf(pong(id, ...limits)))
            answered = pings.length
          })
        }),
        Scope.Scope,
        scope
      ))
    })
    const bound = yield* Effect.acquireRelease(
      Effect.callback<number>((resume) => {
        listener.listen(port, "127.0.0.1", () => {
          const address = listener.address()
          resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
        })
      }),
      () => Effect.sync(() => listener.close())
    )
    const messages = () =>
      peers.flatMap((peer) => peer.frames.filter(({ kind }) => kind === kinds.message).map(({ id }) => ({ peer, id })))
    const made: Fake = { port: bound, peers, messages }
    return made
  })

const to = ({ port }: Pick<Fake, "port">, options: Partial<FramedClient.ClientOptions> = {}) =>
  FramedClient.connect({ host: "127.0.0.1", port, ...options })

const reply = (text: string) =>
  Effect.flatMap(Codecs, ({ encode }) =>
    Effect.orDie(
      encode(Container.make({}, { text: Value.string(text), from: Value.string("") }), "messagepack")
    ))

const answer = Effect.fnUntraced(function*({ id, peer }: { readonly peer: Peer; readonly id: number }, text: string) {
  peer.write(bytesOf({ kind: kinds.reply, flags: 0, id, payload: yield* reply(text) }))
})

const goaway: Outgoing = { kind: kinds.goaway, flags: 0, id: 0, payload: Buffer.alloc(0) }

const freePort = Effect.scoped(Effect.map(fake(), ({ port }) => port))

describe("while there is no connection", () => {
  it.live("a request waits for one for a while, and is then told why there is none", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      const { request } = yield* to({ port }, { waitTimeout: "100 millis" })
      const error = yield* Effect.flip(request(create, order))
      assert.strictEqual(error._tag, "FramedUnreachable")
      assert.strictEqual(
        error.message,
        `There is no connection to the framed server at 127.0.0.1:${port} (ECONNREFUSED). ` +
          "Nothing was sent: try again, and look whether the server runs and speaks TLS where the client does."
      )
      assert.strictEqual("errorCode" in error ? error.errorCode.name : "", "network.connection_refused")
    }).pipe(Effect.scoped, Effect.provide(codecs)))

  it.live("a request is sent once there is one", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      const { request, state } = yield* to({ port }, { waitTimeout: "10 seconds", initialBackoff: "10 millis" })
      const asked = yield* Effect.forkChild(request(create, order))
      yield* until(Effect.map(state, ({ waiting }) => waiting === 1))
      const { messages } = yield* fake(undefined, port)
      yield* until(Effect.sync(() => messages().length === 1))
      yield* Effect.forEach(messages(), (each) => answer(each, "here"))
      assert.strictEqual((yield* Fiber.join(asked)).text, "here")
    }).pipe(Effect.scoped, Effect.provide(codecs)))

  it.live("only so many wait", () =>
    Effect.gen(function*() {
      const { request, state } = yield* to({ port: yield* freePort }, { maxWaiting: 2 })
      yield* Effect.forkChild(Effect.exit(request(create, order)))
      yield* Effect.forkChild(Effect.exit(request(create, order)))
      yield* until(Effect.map(state, ({ waiting }) => waiting === 2))
      assert.strictEqual(
        (yield* Effect.flip(request(create, order))).message,
        "2 framed requests wait for their turn already. Nothing was sent: try again later, ask for less at a time, or " +
          "raise `maxWaiting` of the client."
      )
    }).pipe(Effect.scoped, Effect.provide(codecs)))

  it.live("who gives up leaves the line", () =>
    Effect.gen(function*() {
      const { request, state } = yield* to({ port: yield* freePort }, { maxWaiting: 1 })
      const first = yield* Effect.forkChild(request(create, order))
      yield* until(Effect.map(state, ({ waiting }) => waiting === 1))
      yield* Fiber.interrupt(first)
      assert.strictEqual((yield* state).waiting, 0)
    }).pipe(Effect.scoped, Effect.provide(codecs)))

  it.live("a server that takes the connection and says nothing is no server", () =>
    Effect.gen(function*() {
      const mute = yield* Effect.acquireRelease(
        Effect.callback<net.Server>((resume) => {
          const listener = net.createServer(() => {}).listen(0, "127.0.0.1", () => resume(Effect.succeed(listener)))
        }),
        (listener) => Effect.sync(() => listener.close())
      )
      const address = mute.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      const { request } = yield* to({ port }, { connectTimeout: "50 millis", waitTimeout: "300 millis" })
      assert.include((yield* Effect.flip(request(create, order))).message, "(no answer within 50 ms)")
    }).pipe(Effect.scoped, Effect.provide(codecs)))
})

describe("a request under way", () => {
  it.live("without a reply ends in time, and the late reply of it harms nobody", () =>
    Effect.gen(function*() {
      const { messages, port } = yield* fake()
      const { request } = yield* to({ port })
      const error = yield* Effect.flip(request(create, order, { timeout: "50 millis" }))
      assert.strictEqual(
        error.message,
        `The framed request "order.create" had no reply after 50 ms. Whether it had an effect is not known: repeat it ` +
          "only if twice does no harm."
      )
      const second = yield* Effect.forkChild(request(create, order))
      yield* until(Effect.sync(() => messages().length === 2))
      yield* Effect.forEach(messages(), (each, index) => answer(each, `reply ${index}`))
      assert.strictEqual((yield* Fiber.join(second)).text, "reply 1")
    }).pipe(Effect.scoped, Effect.provide(codecs)))

  it.live("that is interrupted leaves its turn and the connection to the others", () =>
    Effect.gen(function*() {
      const { messages, peers, port } = yield* fake([1024, 1])
      const { request, state } = yield* to({ port })
      const first = yield* Effect.forkChild(request(create, order))
      yield* until(Effect.sync(() => messages().length === 1))
      yield* Fiber.interrupt(first)
      const second = yield* Effect.forkChild(request(create, order))
      yield* until(Effect.sync(() => messages().length === 2))
      yield* Effect.forEach(messages(), (each, index) => answer(each, `reply ${index}`))
      assert.strictEqual((yield* Fiber.join(second)).text, "reply 1")
      assert.deepStrictEqual([peers.length, (yield* state).inFlight], [1, 0])
    }).pipe(Effect.scoped, Effect.provide(codecs)))

  it.live("whose connection ends does not know whether it had an effect, and the client connects anew", () =>
    Effect.gen(function*() {
      const { messages, port } = yield* fake()
      const { request } = yield* to({ port }, { initialBackoff: "10 millis" })
      const first = yield* Effect.forkChild(Effect.flip(request(create, order)))
      yield* until(Effect.sync(() => messages().length === 1))
      for (const { peer } of messages()) peer.socket.resetAndDestroy()
      const error = yield* Fiber.join(first)
      assert.strictEqual(
        error.message,
        `The connection to the framed server at 127.0.0.1:${port} ended before the reply came (ECONNRESET). Whether the ` +
          "request had an effect is not known: repeat it only if twice does no harm."
      )
      const second = yield* Effect.forkChild(request(create, order))
      yield* until(Effect.sync(() => messages().length === 2))
      yield* Effect.forEach(messages().slice(1), (each) => answer(each, "again"))
      assert.strictEqual((yield* Fiber.join(second)).text, "again")
    }).pipe(Effect.scoped, Effect.provide(codecs)))

  it.live("of which the server dies in the middle of the reply is lost as well", () =>
    Effect.gen(function*() {
      const { messages, port } = yield* fake()
      const { request } = yield* to({ port })
      const asked = yield* Effect.forkChild(Effect.flip(request(create, order)))
      yield* until(Effect.sync(() => messages().length === 1))
      const payload = yield* reply("never whole")
      for (const { id, peer } of messages()) {
        peer.write(bytesOf({ kind: kinds.reply, flags: 0, id, payload }).subarray(0, headBytes + 3))
        peer.socket.destroySoon()
      }
      assert.strictEqual((yield* Fiber.join(asked))._tag, "FramedConnectionLost")
    }).pipe(Effect.scoped, Effect.provide(codecs)))

  const mad: ReadonlyArray<readonly [name: string, problem: RegExp, bytes: Buffer]> = [
    ["another protocol", /magic: These bytes are not the framed protocol/, Buffer.from("HTTP/1.1 400 Bad Request\r\n")],
    [
      "a message",
      /unexpected_kind: A server sends no messages/,
      bytesOf({ kind: kinds.message, flags: 0, id: 1, payload: Buffer.alloc(0) })
    ],
    [
      "an error that says nothing",
      /error_payload: The payload of an error frame is not the JSON/,
      bytesOf({ kind: kinds.error, flags: 0, id: 1, payload: Buffer.from("{}") })
    ],
    [
      "a frame that is too large",
      /too_large: The frame is too large/,
      bytesOf({ kind: kinds.reply, flags: 0, id: 1, payload: Buffer.alloc(9000) })
    ]
  ]
  for (const [name, problem, bytes] of mad) {
    it.live(`is lost when the server sends ${name}`, () =>
      Effect.gen(function*() {
        const { messages, port } = yield* fake()
        const { request } = yield* to({ port }, { maxFrameSize: 8000 })
        const asked = yield* Effect.forkChild(Effect.flip(request(create, order)))
        yield* until(Effect.sync(() => messages().length === 1))
        for (const { peer } of messages()) peer.write(bytes)
        const error = yield* Fiber.join(asked)
        assert.strictEqual(error._tag, "FramedConnectionLost")
        assert.match(error.message, problem)
      }).pipe(Effect.scoped, Effect.provide(codecs)))
  }

  it.live("to a server that stops answering pings is lost within interval and timeout", () =>
    Effect.gen(function*() {
      const { messages, port } = yield* fake()
      const { request } = yield* to({ port }, { heartbeatInterval: "50 millis", heartbeatTimeout: "50 millis" })
      const asked = yield* Effect.forkChild(Effect.flip(request(create, order)))
      yield* until(Effect.sync(() => messages().length === 1))
      for (const { peer } of messages()) peer.socket.pause()
      assert.include((yield* Fiber.join(asked)).message, "(heartbeat_timeout)")
    }).pipe(Effect.scoped, Effect.provide(codecs)))
})

describe("the limits of the server", () => {
  it.live("a payload that it would not take is not sent", () =>
    Effect.gen(function*() {
      const { messages, port } = yield* fake([100, 10])
      const { request, state } = yield* to({ port })
      yield* until(Effect.map(state, ({ connected }) => connected))
      const error = yield* Effect.flip(request(create, { item: "x".repeat(100), quantity: 1 }))
      assert.match(error.message, /^The payload has \d+ bytes, and a frame takes 75\. Nothing was sent/)
      assert.strictEqual(messages().length, 0)
    }).pipe(Effect.scoped, Effect.provide(codecs)))

  it.live("no more are sent than it works on at a time; the others wait for their turn", () =>
    Effect.gen(function*() {
      const { messages, port } = yield* fake([1024, 2])
      const { request, state } = yield* to({ port })
      const asked = yield* Effect.forkChild(
        Effect.forEach([1, 2, 3], () => request(create, order), { concurrency: "unbounded" })
      )
      yield* until(Effect.sync(() => messages().length === 2))
      assert.deepStrictEqual(yield* state, { connected: true, inFlight: 2, waiting: 1 })
      yield* Effect.forEach(messages().slice(0, 1), (each) => answer(each, "1"))
      yield* until(Effect.sync(() => messages().length === 3))
      yield* Effect.forEach(messages().slice(1), (each) => answer(each, "2"))
      assert.deepStrictEqual((yield* Fiber.join(asked)).map(({ text }) => text), ["1", "2", "2"])
    }).pipe(Effect.scoped, Effect.provide(codecs)))
})

it.live("after a goaway new requests go over a new connection, and the old one ends with its last reply", () =>
  Effect.gen(function*() {
    const { messages, peers, port } = yield* fake()
    const { request } = yield* to({ port }, { initialBackoff: "10 millis" })
    const first = yield* Effect.forkChild(request(create, order))
    yield* until(Effect.sync(() => messages().length === 1))
    for (const peer of peers) peer.write(bytesOf(goaway))
    const second = yield* Effect.forkChild(request(create, order))
    yield* until(Effect.sync(() => messages().length === 2))
    assert.deepStrictEqual(messages().map(({ peer }) => peers.indexOf(peer)), [0, 1])
    assert.isFalse(peers[0]?.isClosed())
    yield* Effect.forEach(messages(), (each, index) => answer(each, `reply ${index}`))
    assert.deepStrictEqual([(yield* Fiber.join(first)).text, (yield* Fiber.join(second)).text], ["reply 0", "reply 1"])
    yield* until(Effect.sync(() => peers[0]?.isClosed() === true))
    assert.isFalse(peers[1]?.isClosed())
  }).pipe(Effect.scoped, Effect.provide(codecs)))

it.live("a closed client answers nobody any more", () => {
  const { pass, seen } = gate()
  return Effect.gen(function*() {
    const { asked, request } = yield* Effect.scoped(Effect.gen(function*() {
      const { request } = yield* client()
      const asked = yield* Effect.forkDetach(Effect.flip(request(slow, {})))
      yield* until(Effect.sync(() => seen.waiting === 1))
      return { asked, request }
    }))
    assert.strictEqual((yield* Fiber.join(asked))._tag, "FramedConnectionLost")
    assert.include((yield* Effect.flip(request(create, order))).message, "(the client is closed)")
    yield* until(Effect.sync(() => seen.interrupted === 1))
  }).pipe(Effect.provide(server({}, pass)))
})

it.live("requests and connections of a client are counted under its name", () =>
  Effect.gen(function*() {
    const name = "stock"
    const counted = yield* growth(
      Effect.gen(function*() {
        const { request } = yield* client({ name })
        assert.strictEqual(
          yield* growth(request(large, { bytes: 1 }), "framed_client_requests_total", {
            client: name,
            outcome: "ok"
          }),
          1
        )
        assert.strictEqual(
          yield* growth(
            Effect.exit(request(create, { item: "unicorn", quantity: 1 })),
            "framed_client_requests_total",
            {
              client: name,
              outcome: "FramedRemoteError"
            }
          ),
          1
        )
      }),
      "framed_client_connects_total",
      { client: name, outcome: "ok" }
    )
    assert.strictEqual(counted, 1)
  }).pipe(Effect.scoped, Effect.provide(server())))
