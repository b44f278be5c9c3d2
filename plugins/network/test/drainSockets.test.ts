/** What a stop does to connections that would never end by themselves. */
import { assert, describe, it } from "@effect/vitest"
import { CommonContract } from "@heptad/common"
import { layerMemory } from "@heptad/common/testing"
import { Contract, Kernel, Plugin, Settings } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import { Network, NetworkContract } from "@heptad/network"
import { NetworkPlugin } from "@heptad/network/plugin"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as http from "node:http"
import * as net from "node:net"
import { connect, figure, handshake, RawClient, routes } from "./sockets.ts"
import { until } from "./support.ts"

const manifest = {
  name: "@heptad/network-test",
  version: "0.0.0",
  peerDependencies: { "@heptad/common": "^0.1.0", "@heptad/network": "^0.1.0" }
}

const Common = Plugin.make({
  manifest,
  contract: CommonContract,
  requires: [],
  config: Schema.Struct({}),
  layer: () => layerMemory
})

const burst = 200

/** What handlers have read. */
const heard: Array<string> = []

/** Sends a burst when it is told to, and writes down what it hears. */
const burstRoute = HttpRouter.add(
  "GET",
  "/burst",
  Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    const socket = yield* request.upgrade
    const { write } = yield* socket.writer
    const { pull } = yield* socket.reader
    const hear = Effect.flatMap(
      pull,
      (messages) => Effect.sync(() => messages.forEach((text) => heard.push(String(text))))
    )
    yield* hear
    yield* Effect.forEach(Array.from({ length: burst }), (_, index) => write(String(index)), { discard: true })
    return yield* Effect.forever(hear)
  }).pipe(Effect.orDie, Effect.scoped)
)

const events = HttpRouter.add(
  "GET",
  "/events",
  Response.stream(Stream.concat(Stream.make("data: first\n\n"), Stream.never).pipe(Stream.encodeText), {
    contentType: "text/event-stream"
  })
)

const Routes = Plugin.make({
  manifest,
  contract: Contract.make({ name: "routes", manifest, services: [] }),
  requires: [NetworkContract],
  config: Schema.Struct({}),
  layer: () => Layer.mergeAll(routes, burstRoute, events)
})

const timing = (budget: Duration.Duration): Settings.Timing => ({
  ...Settings.empty.timing,
  drain: { accept: budget, requests: budget, jobs: budget },
  close: budget
})

const running = Effect.fnUntraced(function*(budget: Duration.Input) {
  const scope = yield* Scope.make()
  const app = Kernel.layer([Common, NetworkPlugin, Routes]).pipe(
    Layer.provide(
      settings({ network: { tcp: { port: 0 } } }, { timing: timing(Duration.fromInputUnsafe(budget)) })
    )
  )
  const context = yield* Layer.buildWithScope(app, scope)
  return { context, stop: Scope.close(scope, Exit.void), address: Context.get(context, Network).address }
})

/** Whether the port takes no connections any more. */
const refuses = ({ host, port }: Network["Service"]["address"]) =>
  Effect.callback<boolean>((resume) => {
    const socket = net.connect(port, host, () => {
      socket.destroy()
      resume(Effect.succeed(false))
    }).on("error", () => resume(Effect.succeed(true)))
  })

describe("a stop", () => {
  it.live("closes WebSockets with 1001 behind everything that was sent, in both directions", () =>
    Effect.gen(function*() {
      const { context, stop } = yield* running("2 seconds")
      const client = yield* Effect.provideContext(connect("/burst"), context)
      yield* client.send("go")
      assert.strictEqual(yield* client.next, "0")
      heard.length = 0
      for (let index = 0; index < burst; index++) client.socket.send(`up ${index}`)
      yield* stop
      assert.deepStrictEqual(yield* client.closed, { code: 1001, reason: "The server is stopping." })
      const received = yield* Effect.forEach(Array.from({ length: burst - 1 }), () => client.next)
      assert.deepStrictEqual(received, Array.from({ length: burst - 1 }, (_, index) => String(index + 1)))
      assert.deepStrictEqual(heard, Array.from({ length: burst }, (_, index) => `up ${index}`))
    }).pipe(Effect.scoped))

  it.live("cuts and counts a WebSocket whose peer does not answer within the budget", () =>
    Effect.gen(function*() {
      const { address, stop } = yield* running("700 millis")
      const cuts = Effect.all([figure("websocket_cut_total", { reason: "stop" }), figure("network_requests_cut_total")])
      const before = yield* cuts
      const client = new RawClient(address.port, address.host)
      client.socket.write(handshake("/echo"))
      yield* until(Effect.sync(() => client.received.includes("\r\n\r\n")))
      yield* stop
      yield* until(Effect.sync(() => client.isClosed))
      assert.strictEqual(client.closeCode, 1001)
      assert.deepStrictEqual(yield* cuts, before.map((count) => count + 1))
    }))

  it.live("opens the WebSocket of a client that is connected already, and closes it with 1001", () =>
    Effect.gen(function*() {
      const { address, stop } = yield* running("2 seconds")
      const client = new RawClient(address.port, address.host)
      client.socket.write("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
      yield* until(Effect.sync(() => client.received.includes("hello")))
      const stopped = yield* Effect.forkChild(stop, { startImmediately: true })
      yield* until(refuses(address))
      client.received = Buffer.alloc(0)
      client.socket.write(handshake("/echo"))
      yield* until(Effect.sync(() => client.closeCode !== undefined))
      assert.deepStrictEqual([client.answer.status, client.closeCode], [101, 1001])
      client.socket.destroy()
      yield* Fiber.join(stopped)
    }))

  it.live("refuses with 503 whose handshake ends after all others were told to go", () =>
    Effect.gen(function*() {
      const { address, context, stop } = yield* running("2 seconds")
      const other = yield* Effect.provideContext(connect("/echo"), context)
      const client = new RawClient(address.port, address.host)
      const text = handshake("/echo")
      client.socket.write(text.slice(0, -2))
      yield* until(Effect.map(figure("network_connections_active"), (open) => open === 2))
      const stopped = yield* Effect.forkChild(stop, { startImmediately: true })
      assert.strictEqual((yield* other.closed).code, 1001)
      client.socket.write(text.slice(-2))
      yield* until(Effect.sync(() => client.isClosed))
      assert.strictEqual(client.answer.status, 503)
      assert.strictEqual(client.answer.headers["retry-after"], "1")
      yield* Fiber.join(stopped)
    }).pipe(Effect.scoped))

  it.live("ends event streams, so that their clients come back elsewhere, and counts them", () =>
    Effect.gen(function*() {
      const drained = figure("sse_streams_drained_total")
      const before = yield* drained
      const { address, stop } = yield* running("2 seconds")
      const got = { text: "", isEnded: false }
      http.get({ host: address.host, port: address.port, path: "/events", agent: false }, (response) => {
        response.on("data", (chunk) => {
          got.text += String(chunk)
        })
        response.on("end", () => {
          got.isEnded = response.complete
        })
      })
      yield* until(Effect.sync(() => got.text === "data: first\n\n"))
      yield* stop
      yield* until(Effect.sync(() => got.isEnded))
      assert.strictEqual(got.text, "data: first\n\n")
      assert.strictEqual(yield* drained, before + 1)
      assert.strictEqual(yield* figure("sse_streams_active"), 0)
    }))
})
