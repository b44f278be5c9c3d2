/** What changes for WebSockets and event streams while the app runs. The title of a test starts with the key that it proves. */
import { assert, it } from "@effect/vitest"
import { changingSettings } from "@heptad/common/testing"
import { Contract, Kernel, type LiveSettings, Plugin } from "@heptad/kernel"
import { NetworkContract } from "@heptad/network"
import networkManifest from "@heptad/network/package.json" with { type: "json" }
import { NetworkPlugin } from "@heptad/network/plugin"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Common } from "./memory.ts"
import { connect, figure, handshake, rawClient, routes } from "./sockets.ts"
import { converse, parse, until } from "./support.ts"

const manifest = {
  name: "@test/sockets",
  version: "1.0.0",
  peerDependencies: { [networkManifest.name]: `^${networkManifest.version}` }
}

/** Many at once send to a client, and none of them waits. */
const crowd = Effect.gen(function*() {
  const socket = yield* (yield* HttpServerRequest.HttpServerRequest).upgrade
  const { write } = yield* socket.writer
  const { pull } = yield* socket.reader
  yield* pull
  const one = write("x".repeat(32 * 1024))
  yield* Effect.forEach(Array.from({ length: 300 }), () => one, { concurrency: "unbounded", discard: true })
  return yield* Effect.forever(pull)
}).pipe(Effect.orDie, Effect.scoped)

const Sockets = Plugin.make({
  manifest,
  contract: Contract.make({ name: "sockets", manifest, services: [] }),
  requires: [NetworkContract],
  config: Schema.Struct({}),
  layer: () =>
    Layer.mergeAll(
      routes,
      HttpRouter.add("GET", "/crowd", crowd),
      HttpRouter.add("GET", "/silent", Response.stream(Stream.never, { contentType: "text/event-stream" }))
    )
})

type Section = Readonly<Record<string, unknown>>

type Change = (websocket: Section, sse?: Section) => Effect.Effect<unknown, unknown, LiveSettings>

const running = <A, E, R>(websocket: Section, test: (change: Change) => Effect.Effect<A, E, R>) => {
  const sections = (websocket: Section, sse: Section = {}) => ({ network: { tcp: { port: 0 }, websocket, sse } })
  const settings = changingSettings(sections(websocket))
  return Effect.scoped(test((websocket, sse) => settings.change(sections(websocket, sse)))).pipe(
    Effect.provide(Kernel.layer([Common, NetworkPlugin, Sockets]).pipe(Layer.provide(settings.layer)))
  )
}

const refused = (headers: Parameters<typeof handshake>[1] = {}, path = "/echo") =>
  Effect.map(converse(handshake(path, headers)), (text) => parse(text).status)

it.live("network.websocket.enabled: the next WebSocket is refused, one that is open stays", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      const client = yield* connect("/echo")
      yield* change({ enabled: false })
      const answer = parse(yield* converse(handshake("/echo")))
      assert.strictEqual(answer.status, 501)
      assert.include(JSON.stringify(answer.body), "Set network.websocket.enabled to true.")
      yield* client.send("here")
      assert.strictEqual(yield* client.next, "here")
    })))

it.live("network.websocket.allowed_origins: the next WebSocket of the origin is opened", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      const origin = "https://app.example"
      assert.strictEqual(yield* refused({ origin }), 403)
      yield* change({ allowed_origins: [origin] })
      yield* connect("/echo", { origin })
      yield* change({ allowed_origins: ["*"] })
      yield* connect("/echo", { origin: "https://other.example" })
    })))

it.live("network.websocket.max_connections: the next WebSocket above the new limit is refused", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      yield* connect("/echo")
      yield* change({ max_connections: 1 })
      assert.strictEqual(yield* refused(), 503)
    })))

it.live("network.websocket.handshake_timeout: a handler that is opening a WebSocket is held to the new time", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      yield* change({ handshake_timeout: "50ms" })
      assert.strictEqual(yield* refused({}, "/never"), 504)
    })))

it.live("network.websocket.max_message_size: the next WebSocket has the new limit", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      yield* change({ max_message_size: "100B" })
      const client = yield* connect("/echo")
      yield* client.send("x".repeat(101))
      assert.strictEqual((yield* client.closed).code, 1009)
    })))

it.live("network.websocket.max_buffered: a client that is open already may be as far behind as the new limit", () =>
  running({ max_buffered: "1GB" }, (change) =>
    Effect.gen(function*() {
      const cuts = figure("websocket_cut_total", { reason: "slow_reader" })
      const before = yield* cuts
      const client = yield* connect("/crowd")
      client.socket.pause()
      yield* change({ max_buffered: "64KB" })
      yield* client.send("go")
      yield* until(Effect.map(cuts, (count) => count === before + 1))
    })))

it.live("network.websocket.ping_interval: a client that is open already is pinged after the new time", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      const client = yield* connect("/echo")
      let pings = 0
      client.socket.on("ping", () => pings++)
      yield* change({ ping_interval: "20ms" })
      yield* until(Effect.sync(() => pings > 1))
    })))

it.live("network.websocket.pong_timeout: a client that is open already has the new time to answer", () =>
  running({ ping_interval: "20ms" }, (change) =>
    Effect.gen(function*() {
      const client = yield* rawClient
      client.socket.write(handshake("/echo"))
      yield* until(Effect.sync(() => client.frames.length > 0))
      yield* change({ ping_interval: "20ms", pong_timeout: "50ms" })
      yield* until(Effect.sync(() => client.isClosed))
    })))

it.live("network.sse.heartbeat: an event stream that is open already gets comments after the new time", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      const client = yield* rawClient
      client.socket.write("GET /silent HTTP/1.1\r\nHost: a\r\n\r\n")
      yield* until(Effect.sync(() => client.received.includes("\r\n\r\n")))
      yield* change({}, { heartbeat: "40ms" })
      yield* until(Effect.sync(() => client.frames.includes(":\n")))
    })))
