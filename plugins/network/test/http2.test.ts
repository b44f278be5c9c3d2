/** HTTP/2 beside HTTP/1.1: the same answers and the same protections, and what only HTTP/2 can do to a server. */
import { assert, describe, it } from "@effect/vitest"
import { Contract, Kernel, Plugin } from "@heptad/kernel"
import { settings as kernelSettings } from "@heptad/kernel/testing"
import { Network, NetworkContract } from "@heptad/network"
import networkManifest from "@heptad/network/package.json" with { type: "json" }
import { NetworkPlugin } from "@heptad/network/plugin"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as http2 from "node:http2"
import { authority, forLocalhost } from "./certificates.ts"
import { Common } from "./memory.ts"
import { server, until } from "./support.ts"
import { filesOf, folder, get, journal, measured } from "./tlsSupport.ts"

const root = authority("Heptad Test Root")
const mine = forLocalhost(root)
const ca = root.cert

type Written = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** The settings with TLS and HTTP/2, on a pair in a folder of its own. */
const settings = (more: Written = {}) =>
  Effect.map(folder, (files) => {
    files.pair("first", mine)
    return { ...more, tls: { enabled: true, http2: true, ...filesOf(files, "first") } }
  })

const serving = <A, E, R>(test: Effect.Effect<A, E, R>, more: Written = {}) =>
  Effect.flatMap(settings(more), (settings) => Effect.provide(test, server({ settings }))).pipe(Effect.scoped)

/** An HTTP/2 connection; `goaway` and errors of it are for who looks. */
const session = Effect.acquireRelease(
  Effect.flatMap(Network, ({ address }) =>
    Effect.callback<http2.ClientHttp2Session>((resume) => {
      const made = http2.connect(`https://localhost:${address.port}`, {
        ca,
        lookup: (_host, _options, done) => {
          done(null, [{ address: address.host, family: 4 }])
        }
      })
      made.on("error", () => {})
      made.once("remoteSettings", () => resume(Effect.succeed(made)))
      made.once("close", () => resume(Effect.die(new Error("the session was closed at once"))))
    })),
  (made) => Effect.sync(() => made.destroy())
)

interface Answer {
  readonly status: number | undefined
  readonly headers: http2.IncomingHttpHeaders
  readonly body: string
  /** 0 where the stream ended well. */
  readonly code: number
}

/** One stream to its end. */
const ask = (
  connection: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
  body?: string,
  ends = true
) =>
  Effect.callback<Answer>((resume) => {
    const stream = connection.request({ ":path": "/hello", ...headers }, { endStream: body === undefined && ends })
    let [head, text]: [http2.IncomingHttpHeaders, string] = [{}, ""]
    stream.setEncoding("utf8")
    stream.on("response", (received) => {
      head = received
    })
    stream.on("data", (chunk) => {
      text += String(chunk)
    })
    stream.on("error", () => {})
    stream.on("close", () => {
      const status = head[":status"]
      resume(
        Effect.succeed({
          status: status === undefined ? status : Number(status),
          headers: head,
          body: text,
          code: stream.rstCode
        })
      )
    })
    if (body !== undefined) {
      stream.write(body)
      if (ends) stream.end()
    }
    return Effect.sync(() => stream.destroy())
  })

const detailOf = ({ body }: Answer): unknown => Reflect.get(Object(JSON.parse(body)), "detail")

describe("http2", () => {
  it.live("answers HTTP/2 to who offers it and HTTP/1.1 to who does not, from the same routes", () =>
    serving(Effect.gen(function*() {
      const connection = yield* session
      assert.strictEqual(connection.alpnProtocol, "h2")
      const hello = yield* ask(connection, {})
      assert.deepInclude(hello, { status: 200, body: "hello", code: 0 })
      assert.strictEqual(hello.headers["strict-transport-security"], "max-age=31536000; includeSubDomains")
      assert.isUndefined(hello.headers["connection"])
      assert.deepInclude(yield* ask(connection, { ":path": "/nowhere" }), { status: 404 })
      const made = yield* ask(
        connection,
        { ":path": "/things", ":method": "POST", "content-type": "application/json" },
        JSON.stringify({ name: "a", lines: [] })
      )
      assert.deepInclude(made, { status: 200, body: "\"a\"" })
      assert.strictEqual(yield* get("/hello", { ca }), 200)
    })))

  it.live("is off unless it is switched on", () =>
    Effect.gen(function*() {
      const { tls } = yield* settings()
      yield* Effect.gen(function*() {
        const { address } = yield* Network
        const code = yield* Effect.callback<string>((resume) => {
          http2.connect(`https://localhost:${address.port}`, { ca }).on("error", (error) =>
            resume(Effect.succeed("code" in error ? String(error.code) : "")))
        })
        assert.strictEqual(code, "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL")
      }).pipe(Effect.provide(server({ settings: { tls: { ...tls, http2: false } } })))
    }).pipe(Effect.scoped))

  it.live("a body, a URI and a head over their limits are refused as in HTTP/1.1", () =>
    serving(
      Effect.gen(function*() {
        const connection = yield* session
        const post = (path: string, body: string, more = {}) =>
          ask(connection, { ":path": path, ":method": "POST", ...more }, body)
        assert.strictEqual((yield* post("/buffered", "x".repeat(1025))).status, 413)
        assert.strictEqual((yield* post("/streamed", "x".repeat(1025))).status, 413)
        const announced = { ":path": "/buffered", ":method": "POST", "content-length": "1025" }
        assert.strictEqual((yield* ask(connection, announced, "x", false)).status, 413)
        assert.deepInclude(yield* post("/streamed", "x".repeat(1024)), { status: 200, body: "received 1024" })
        assert.strictEqual((yield* ask(connection, { ":path": `/${"x".repeat(64)}` })).status, 414)
        // The client knows the limit of the head by then, and nghttp2 refuses what passes it.
        assert.deepInclude(yield* ask(connection, { "x-large": "x".repeat(2000) }), {
          status: undefined,
          code: http2.constants.NGHTTP2_ENHANCE_YOUR_CALM
        })
        assert.deepInclude(yield* ask(connection, {}), { status: 200 })
      }),
      { http: { max_request_size: "1KB", max_uri_length: 64, max_header_size: "1KB" } }
    ))

  it.live("a handler that takes too long answers 503, whether or not its request has a body", () =>
    serving(
      Effect.gen(function*() {
        const connection = yield* session
        assert.strictEqual((yield* ask(connection, { ":path": "/never" })).status, 503)
        assert.strictEqual((yield* ask(connection, { ":path": "/never", ":method": "POST" }, "x")).status, 503)
      }),
      { http: { handler_timeout: "100ms" } }
    ))

  it.live("JSON that is nested too deep answers 400", () =>
    serving(
      Effect.gen(function*() {
        const connection = yield* session
        const post = { ":path": "/buffered", ":method": "POST", "content-type": "application/json" }
        assert.strictEqual((yield* ask(connection, post, "[[[]]]")).status, 400)
        assert.strictEqual((yield* ask(connection, post, "[[]]")).status, 200)
      }),
      { http: { max_json_depth: 2 } }
    ))

  it.live("two hosts and tunnels are refused", () =>
    serving(Effect.gen(function*() {
      const connection = yield* session
      const twice = yield* ask(connection, { ":authority": "localhost", host: "other.example" })
      assert.strictEqual(twice.status, 400)
      assert.strictEqual(
        detailOf(twice),
        "A request names its host once. Send the same in :authority and host, or leave host out."
      )
      const connect = { ":method": "CONNECT", ":authority": "other.example:443", ":path": undefined }
      assert.strictEqual((yield* ask(connection, connect)).status, 501)
      assert.deepInclude(yield* ask(connection, {}), { status: 200 })
    })))

  const slow = { tcp: { connection_timeout: "200ms", read_timeout: "300ms", keepalive_timeout: "400ms" } }

  it.live("a body that does not arrive answers 408, and idle sessions end after the time of idle connections", () =>
    serving(
      Effect.gen(function*() {
        const connection = yield* session
        const closed = Effect.callback<void>((resume) => void connection.on("close", () => resume(Effect.void)))
        const idle = yield* Effect.forkScoped(closed)
        const late = yield* ask(connection, { ":path": "/buffered", ":method": "POST" }, "abc", false)
        assert.strictEqual(late.status, 408)
        assert.isFalse(connection.closed)
        yield* Fiber.join(idle)
        // One that asks for nothing has only the time of a first request.
        const silent = yield* session
        yield* until(Effect.sync(() => silent.closed))
      }),
      slow
    ))

  it.live("who does not take an answer loses its stream, who waits for one keeps it", () =>
    serving(
      Effect.gen(function*() {
        const connection = yield* session
        const waits = yield* Effect.forkScoped(ask(connection, { ":path": "/never" }))
        const code = yield* Effect.callback<number>((resume) => {
          const stream = connection.request({ ":path": "/large" })
          stream.on("error", () => {})
          stream.on("close", () => resume(Effect.succeed(stream.rstCode)))
        })
        assert.strictEqual(code, http2.constants.NGHTTP2_CANCEL)
        assert.isUndefined(waits.pollUnsafe())
        assert.isFalse(connection.closed)
      }),
      { tcp: { write_timeout: "200ms" } }
    ))

  it.live("requests and connections are counted as those of HTTP/1.1 are", () =>
    serving(Effect.gen(function*() {
      const before = yield* measured("http_requests_total", { status: "200" })
      const sent = yield* measured("network_bytes_sent_total")
      const connection = yield* session
      const never = yield* Effect.forkScoped(ask(connection, { ":path": "/never" }))
      yield* ask(connection, {})
      assert.strictEqual((yield* measured("http_requests_total", { status: "200" })) - before, 1)
      assert.strictEqual(yield* measured("network_connections_active"), 1)
      yield* until(Effect.map(measured("http_active_connections"), (active) => active === 1))
      yield* Fiber.interrupt(never)
      yield* until(Effect.map(measured("http_active_connections"), (active) => active === 0))
      yield* until(Effect.map(measured("network_bytes_sent_total"), (after) => after > sent))
    })))
})

describe("http2 under attack", () => {
  /** Begins requests and resets them at once until the session ends; how many it could begin. */
  const rapidReset = (connection: http2.ClientHttp2Session) =>
    Effect.callback<number>((resume) => {
      let begun = 0
      const round = () => {
        for (let left = 50; left > 0 && !connection.closed && !connection.destroyed; left--) {
          const stream = connection.request({ ":path": "/never" })
          stream.on("error", () => {})
          stream.close(http2.constants.NGHTTP2_CANCEL)
          begun++
        }
        if (connection.closed || connection.destroyed || begun >= 100_000) resume(Effect.succeed(begun))
        else setImmediate(round)
      }
      round()
    })

  it.live("a rapid reset ends its own session and no other one, and is counted and told once", () =>
    Effect.gen(function*() {
      const { layer, told } = journal()
      const refused = measured("http2_sessions_refused_total", { reason: "stream_resets" })
      const before = yield* refused
      yield* Effect.gen(function*() {
        const calm = yield* session
        for (let attack = 0; attack < 3; attack++) {
          const begun = yield* rapidReset(yield* session)
          assert.isBelow(begun, 5000)
          assert.deepInclude(yield* ask(calm, {}), { status: 200, body: "hello" })
        }
        yield* until(Effect.map(refused, (after) => after - before === 3))
        yield* until(Effect.map(measured("http_active_connections"), (active) => active === 0))
      }).pipe(Effect.provide(Layer.provideMerge(server({ settings: yield* settings() }), layer)))
      assert.deepStrictEqual(told, [
        "an HTTP/2 client began requests and reset them faster than it may (rapid reset): its session was closed. " +
        "Client: 127.0.0.1."
      ])
    }).pipe(Effect.scoped))

  it.live("connections over the limit of an address are closed, whatever they speak", () =>
    serving(
      Effect.gen(function*() {
        const first = yield* session
        yield* session
        assert.strictEqual((yield* Effect.flip(get("/hello", { ca }))).code, "ECONNRESET")
        assert.deepInclude(yield* ask(first, {}), { status: 200 })
      }),
      { tcp: { max_connections_per_ip: 2 } }
    ))

  it.live("a client that begins more streams than it may has them refused", () =>
    serving(Effect.gen(function*() {
      const connection = yield* session
      assert.strictEqual(connection.remoteSettings.maxConcurrentStreams, 100)
    })))
})

const manifest = {
  name: "@test/pages",
  version: "1.0.0",
  peerDependencies: { [networkManifest.name]: `^${networkManifest.version}` }
}

/** An app with a page that waits for the gate. */
const app = (network: Readonly<Record<string, unknown>>, gate: Deferred.Deferred<void>, onBegin: () => void) => {
  const page = Effect.suspend(() => {
    onBegin()
    return Effect.as(Deferred.await(gate), Response.text("done"))
  })
  const Pages = Plugin.make({
    manifest,
    contract: Contract.make({ name: "pages", manifest, services: [] }),
    requires: [NetworkContract],
    config: Schema.Struct({}),
    layer: () => HttpRouter.add("GET", "/gated", page)
  })
  return Kernel.layer([Common, NetworkPlugin, Pages]).pipe(
    Layer.provide(kernelSettings({ network: { tcp: { port: 0 }, ...network } }))
  )
}

it.live("a stop answers every stream that was begun, also one that begins while the client is told", () =>
  Effect.gen(function*() {
    const gate = yield* Deferred.make<void>()
    let began = 0
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(app(yield* settings(), gate, () => began++), scope)
    yield* Effect.gen(function*() {
      const connections = yield* Effect.forEach([1, 2, 3, 4], () => session)
      const goaways: Array<number> = []
      const late: Array<Fiber.Fiber<Answer>> = []
      const run = Effect.runForkWith(context)
      for (const connection of connections) {
        connection.on("goaway", (_code, last) => goaways.push(last))
      }
      const begin = (connection: http2.ClientHttp2Session) => ask(connection, { ":path": "/gated" })
      const asked = yield* Effect.forkScoped(Effect.forEach(
        connections.flatMap((connection) => Array.from({ length: 10 }, () => connection)),
        begin,
        { concurrency: "unbounded" }
      ))
      yield* until(Effect.sync(() => began === 40))
      const stop = yield* Effect.forkScoped(Scope.close(scope, Exit.void))
      // Sent before the client can have heard of the stop.
      late.push(...connections.map((connection) => run(begin(connection))))
      yield* until(Effect.sync(() => goaways.length >= 4))
      assert.deepStrictEqual(goaways.slice(0, 4), [1, 2, 3, 4].map(() => 2 ** 31 - 1))
      yield* until(Effect.sync(() => began === 44))
      yield* Deferred.succeed(gate, undefined)
      const answers = [...yield* Fiber.join(asked), ...yield* Effect.forEach(late, Fiber.join)]
      assert.deepStrictEqual(
        answers.filter(({ body, code, status }) => status !== 200 || body !== "done" || code !== 0),
        []
      )
      assert.lengthOf(answers, 44)
      yield* Fiber.join(stop)
      yield* until(Effect.sync(() => connections.every(({ destroyed }) => destroyed)))
    }).pipe(Effect.provide(context))
  }).pipe(Effect.scoped))

it.live("a session that stays idle does not hold up a stop", () =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const gate = yield* Deferred.make<void>()
    const context = yield* Layer.buildWithScope(app(yield* settings(), gate, () => {}), scope)
    const connection = yield* Effect.provide(session, context)
    yield* Effect.timeout(Scope.close(scope, Exit.void), "1500 millis")
    yield* until(Effect.sync(() => connection.destroyed))
  }).pipe(Effect.scoped))
