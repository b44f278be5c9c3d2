/** The framed server in an app of the kernel: composition, start, stop under load, TLS, traces. */
import { assert, describe, it } from "@effect/vitest"
import { CommonContract } from "@heptad/common"
import { layerMemory } from "@heptad/common/testing"
import { Codecs, ContainerContract } from "@heptad/container"
import { ContainerPlugin } from "@heptad/container/plugin"
import { Contract, Kernel, KernelError, Plugin, Settings } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import { FramedClient, FramedServer, NetworkContract } from "@heptad/network"
import { NetworkPlugin } from "@heptad/network/plugin"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { readFileSync } from "node:fs"
import * as net from "node:net"
import { fileURLToPath } from "node:url"
import { kinds } from "../src/internal/framed/frame.ts"
import { authority, forLocalhost } from "./certificates.ts"
import {
  bytesOf,
  client,
  codecs,
  create,
  growth,
  message,
  peerOf,
  routes,
  series,
  server,
  slow,
  tlsPeer
} from "./framedSupport.ts"
import { until } from "./support.ts"
import { filesOf, folder, serialOf } from "./tlsSupport.ts"

const manifest = {
  name: "@heptad/network-test",
  version: "0.0.0",
  peerDependencies: { "@heptad/common": "^0.1.0", "@heptad/network": "^0.1.0", "@heptad/container": "^0.1.0" }
}

const Common = Plugin.make({
  manifest,
  contract: CommonContract,
  requires: [],
  config: Schema.Struct({}),
  layer: () => layerMemory
})

/** Only who handles framed requests requires the container contract. */
const Orders = (pass: Effect.Effect<void>) =>
  Plugin.make({
    manifest,
    contract: Contract.make({ name: "orders", manifest, services: [] }),
    requires: [NetworkContract, ContainerContract],
    config: Schema.Struct({}),
    layer: () => routes(pass)
  })

const timing = (budget: Duration.Duration): Settings.Timing => ({
  ...Settings.empty.timing,
  drain: { accept: budget, requests: budget, jobs: budget },
  close: budget
})

const network = (port: number) => ({ network: { tcp: { port: 0 }, framed: { enabled: true, port } } })

const app = (pass: Effect.Effect<void>, { budget = Duration.seconds(5), port = 0 } = {}) =>
  Kernel.layer([Common, ContainerPlugin, NetworkPlugin, Orders(pass)]).pipe(
    Layer.provide(settings(network(port), { timing: timing(budget) }))
  )

const portOf = (context: Context.Context<FramedServer>) => Context.get(context, FramedServer).address?.port ?? 0

const order = { item: "tea", quantity: 1 }

describe("composition", () => {
  it.live("an app without the container plugin starts, and listens for framed requests that nobody answers", () =>
    Effect.gen(function*() {
      const { address } = yield* FramedServer
      assert.isAbove(address?.port ?? 0, 0)
      const { request } = yield* client().pipe(Effect.provide(codecs))
      assert.deepInclude(yield* Effect.flip(request(create, order)), { code: "common.not_found" })
    }).pipe(
      Effect.scoped,
      Effect.provide(Kernel.layer([Common, NetworkPlugin]).pipe(Layer.provide(settings(network(0)))))
    ))

  it.live("the plan names the port and the files, and a taken port stops the start", () =>
    Effect.gen(function*() {
      const prepared = yield* NetworkPlugin.prepare(
        { framed: { enabled: true, tls: true }, tls: { cert_file: "/tls.crt", key_file: "/tls.key" } },
        "error"
      )
      assert.deepStrictEqual(prepared.needs.slice(1), [
        { kind: "port", what: "127.0.0.1:8082", key: "network.framed.port" },
        { kind: "file", what: "/tls.crt", key: "network.tls.cert_file" },
        { kind: "file", what: "/tls.key", key: "network.tls.key_file" }
      ])
      const port = portOf(yield* Layer.build(app(Effect.void)))
      const error = yield* Effect.flip(Effect.scoped(Layer.build(app(Effect.void, { port }))))
      assert.instanceOf(error, KernelError)
      assert.include(
        error.message,
        `network wants port ${port} on 127.0.0.1, but another process listens there. Stop that process, or choose a free ` +
          "port by network.framed.port (environment UNIFIED_NETWORK_FRAMED_PORT); 0 lets the system choose."
      )
    }).pipe(Effect.scoped))
})

describe("a stop", () => {
  it.live(
    "under load loses no request: what was sent is answered, the rest goes to the next process",
    () =>
      Effect.gen(function*() {
        const pass = Effect.sleep("5 millis")
        const first = yield* Scope.make()
        const old = yield* Layer.buildWithScope(app(pass), first)
        const port = portOf(old)
        const clients = yield* Effect.forEach(
          Array.from({ length: 4 }),
          () =>
            FramedClient.connect({ host: "127.0.0.1", port, initialBackoff: "10 millis", waitTimeout: "10 seconds" })
        )
        let done = 0
        let running = true
        const load = (one: FramedClient.FramedClient) =>
          Effect.tap(one.request(slow, {}), () => Effect.sync(() => done++)).pipe(
            Effect.repeat({ while: () => running })
          )
        const loads = yield* Effect.forkChild(
          Effect.forEach(clients.flatMap((one) => Array.from({ length: 25 }, () => one)), load, {
            concurrency: "unbounded"
          })
        )
        yield* until(Effect.sync(() => done > 500))
        const stop = yield* Effect.forkChild(Scope.close(first, Exit.void))
        // The next process can only bind once the listener of the old one is closed.
        yield* Effect.retry(Layer.build(app(pass, { port })), Schedule.spaced("5 millis"))
        yield* Fiber.join(stop)
        const then = done
        yield* until(Effect.sync(() => done > then + 500))
        running = false
        assert.isTrue(Exit.isSuccess(yield* Fiber.await(loads)))
      }).pipe(Effect.scoped, Effect.provide(codecs)),
    60_000
  )

  it.live("waits for requests of a client that had not read the goaway yet", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const port = portOf(yield* Layer.buildWithScope(app(Effect.sleep("30 millis")), scope))
      const { closed, frames, write } = yield* Effect.flatMap(
        Effect.callback<net.Socket>((resume) => {
          const socket = net.connect(port, "127.0.0.1", () => resume(Effect.succeed(socket)))
        }),
        peerOf
      )
      const codec = yield* Codecs
      write(bytesOf(yield* message(codec, 1, "slow", {})))
      const stop = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* until(Effect.sync(() => frames.some(({ kind }) => kind === kinds.goaway)))
      yield* until(Effect.sync(() => frames.some(({ kind }) => kind === kinds.reply)))
      write(bytesOf(yield* message(codec, 2, "slow", {})))
      const asked = frames.filter(({ kind }) => kind === kinds.ping)
      write(bytesOf(...asked.map(({ id }) => ({ kind: kinds.pong, flags: 0, id, payload: Buffer.alloc(8) }))))
      yield* closed
      yield* Fiber.join(stop)
      assert.deepStrictEqual(frames.filter(({ kind }) => kind === kinds.reply).map(({ id }) => id), [1, 2])
    }).pipe(Effect.scoped, Effect.provide(codecs)))

  it.live("cuts what outlives its budget, counts it, and tells who waits for it", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const port = portOf(
        yield* Layer.buildWithScope(app(Effect.never, { budget: Duration.millis(100) }), scope)
      )
      const { request, state } = yield* FramedClient.connect({ host: "127.0.0.1", port })
      const asked = yield* Effect.forkChild(Effect.flip(request(slow, {})))
      yield* until(Effect.map(state, ({ inFlight }) => inFlight === 1))
      yield* Effect.sleep("20 millis")
      const cut = yield* growth(Scope.close(scope, Exit.void), "network_requests_cut_total")
      assert.strictEqual(cut, 1)
      assert.deepInclude(yield* Fiber.join(asked), {
        code: "common.cancelled",
        detail: "The server stopped before it had answered. Whether the request had an effect is not known."
      })
    }).pipe(Effect.scoped, Effect.provide(codecs)))
})

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))

const files = { cert_file: fixture("localhost.cert.pem"), key_file: fixture("localhost.key.pem") }
const ca = readFileSync(files.cert_file, "utf8")
const key = readFileSync(files.key_file, "utf8")

describe("TLS", () => {
  it.live("uses the files of network.tls, also while HTTP speaks plain text", () =>
    Effect.gen(function*() {
      const { request } = yield* client({ tls: { ca } })
      assert.strictEqual((yield* request(create, order)).text, "1 tea")
      const socket = yield* tlsPeer({ ca })
      assert.strictEqual(socket.getProtocol(), "TLSv1.3")
      socket.destroy()
    }).pipe(Effect.scoped, Effect.provide(server({ tls: true }, undefined, files))))

  it.live("carries large replies and many requests alike", () =>
    Effect.gen(function*() {
      const { request } = yield* client({ tls: { ca }, maxWaiting: 1000 })
      const replies = yield* Effect.forEach(
        Array.from({ length: 500 }, (_, index) => index),
        (quantity) => request(create, { item: "tea", quantity }),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(replies.map(({ text }) => text)).size, 500)
    }).pipe(Effect.scoped, Effect.provide(server({ tls: true }, undefined, files))))

  it.live("a client that does not trust the certificate, or speaks plain text, gets nowhere", () =>
    Effect.gen(function*() {
      const patience = { waitTimeout: "200 millis", connectTimeout: "100 millis" } as const
      const stranger = yield* client({ ...patience, tls: {} })
      assert.include((yield* Effect.flip(stranger.request(create, order))).message, "(DEPTH_ZERO_SELF_SIGNED_CERT)")
      const plain = yield* client(patience)
      assert.strictEqual((yield* Effect.flip(plain.request(create, order)))._tag, "FramedUnreachable")
    }).pipe(Effect.scoped, Effect.provide(server({ tls: true }, undefined, files))))

  it.live("shows a renewed certificate to new connections, while requests go on over those that are open", () =>
    Effect.gen(function*() {
      const root = authority("Heptad Test Root")
      const [first, second] = [forLocalhost(root), forLocalhost(root)]
      const files = yield* folder
      files.pair("first", first)
      const shown = Effect.map(tlsPeer({ ca: root.cert }), (socket) => {
        const serial = socket.getPeerX509Certificate()?.serialNumber
        socket.destroy()
        return serial
      })
      yield* Effect.gen(function*() {
        const { request } = yield* client({ tls: { ca: root.cert } })
        const ask = Effect.andThen(request(create, order), series("framed_client_connects_total", { outcome: "ok" }))
        const connects = yield* ask
        files.pair("first", second)
        yield* until(Effect.map(Effect.orDie(shown), (serial) => serial === serialOf(second)))
        assert.strictEqual(yield* ask, connects)
      }).pipe(Effect.provide(server({ tls: true }, undefined, filesOf(files, "first"))))
    }).pipe(Effect.scoped))

  it.live("clients that leave right after or within the handshake do not count any more", () =>
    Effect.gen(function*() {
      // One that finds the limit reached tries again; were they kept, that would go on until the test is over.
      const visit = Effect.retry(tlsPeer({ ca }), Schedule.spaced("20 millis"))
      yield* Effect.forEach(Array.from({ length: 20 }), () => Effect.map(visit, (socket) => socket.destroy()))
      const { request } = yield* client({ tls: { ca }, waitTimeout: "5 seconds" })
      assert.strictEqual((yield* request(create, order)).text, "1 tea")
    }).pipe(
      Effect.scoped,
      Effect.provide(server({ tls: true, max_connections_per_ip: 5, handshake_timeout: "5m" }, undefined, files))
    ))

  it.live("asks clients for a certificate where network.tls does", () =>
    Effect.gen(function*() {
      const known = yield* client({ tls: { ca, cert: ca, key } })
      assert.strictEqual((yield* known.request(create, order)).text, "1 tea")
      const unknown = yield* client({ tls: { ca }, waitTimeout: "200 millis" })
      assert.strictEqual((yield* Effect.flip(unknown.request(create, order)))._tag, "FramedUnreachable")
    }).pipe(
      Effect.scoped,
      Effect.provide(server({ tls: true }, undefined, { ...files, ca_file: files.cert_file, verify_client: true }))
    ))

  it.live("that cannot be spoken stops the start and names the switch", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.scoped(Layer.build(server({ tls: true }))))
      assert.strictEqual(
        error.message,
        "network.framed.tls is true, but network.tls.cert_file cannot be used: it is not set. Correct it, or set " +
          "network.framed.tls to false."
      )
    }))
})

describe("traces", () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })

  it.live("a tracer sees the request on both sides, one below the other", () =>
    Effect.gen(function*() {
      const { request } = yield* client()
      yield* Effect.withSpan(request(create, order), "outer")
      const [inner, outer] = spans.filter(({ name }) => name === "order.create").map(({ kind, parent, traceId }) => ({
        kind,
        parent: parent._tag === "Some" ? parent.value.spanId : "",
        traceId
      })).toReversed()
      assert.deepStrictEqual([inner?.kind, outer?.kind], ["server", "client"])
      assert.strictEqual(inner?.parent, spans.find(({ kind }) => kind === "client")?.spanId)
      assert.strictEqual(inner?.traceId, spans.find(({ name }) => name === "outer")?.traceId)
    }).pipe(Effect.scoped, Effect.provide(server().pipe(Layer.provideMerge(Layer.succeed(Tracer.Tracer, tracer))))))
})
