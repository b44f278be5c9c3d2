import { assert, describe, it } from "@effect/vitest"
import { Network } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as net from "node:net"
import { converse, parse, request, server, stable } from "./support.ts"

const get = (path: string, ...headers: ReadonlyArray<string>) =>
  [`GET ${path} HTTP/1.1`, "host: test", ...headers, "", ""].join("\r\n")

const post = (path: string, ...headers: ReadonlyArray<string>) =>
  [`POST ${path} HTTP/1.1`, "host: test", ...headers, "", ""].join("\r\n")

const chunk = (bytes: number) => `${bytes.toString(16)}\r\n${"x".repeat(bytes)}\r\n`

const small = server({ settings: { http: { max_request_size: "1KB", max_uri_length: 64, max_header_size: "1KB" } } })

/** Opens a connection and keeps it; answers whether the server still has it after a request. */
const held = Effect.fnUntraced(function*(path: string) {
  const { address } = yield* Network
  const socket = yield* Effect.acquireRelease(
    Effect.sync(() => net.connect(address.port, address.host).on("error", () => {})),
    (socket) => Effect.sync(() => socket.destroy())
  )
  const served = yield* Effect.callback<boolean>((resume) => {
    socket.once("data", () => resume(Effect.succeed(true)))
    socket.once("close", () => resume(Effect.succeed(false)))
    socket.write(get(path))
  })
  return { socket, served }
})

describe("limits", () => {
  it.live("a body announced as too large answers 413 unread and closes the connection", () =>
    Effect.gen(function*() {
      const answer = parse(yield* converse(post("/buffered", "content-length: 1025")))
      assert.strictEqual(answer.status, 413)
      assert.strictEqual(answer.headers.connection, "close")
      assert.deepStrictEqual(stable(answer), {
        type: "urn:heptad:error:network.message_too_large",
        title: "Request too large",
        status: 413,
        detail: "The body is larger than 1024 bytes. Send less, or raise network.http.max_request_size.",
        instance: "/buffered",
        code: "network.message_too_large",
        number: -642,
        plugin: "network",
        trace_id: "<trace>"
      })
    }).pipe(Effect.provide(small)))

  it.live("an endpoint that reads less than the server says how much it reads", () =>
    Effect.gen(function*() {
      for (const body of [["content-length: 11", "x".repeat(11)], ["transfer-encoding: chunked", chunk(11)]] as const) {
        const answer = parse(yield* converse(post("/modest", body[0]), body[1]))
        assert.strictEqual(answer.status, 413)
        assert.strictEqual(answer.headers.connection, "close")
        assert.deepInclude(answer.body, {
          code: "network.message_too_large",
          detail: "The body is larger than the 10 bytes that this endpoint reads. Send less."
        })
      }
    }).pipe(Effect.provide(small)))

  it.live("a chunked body that is too large ends a handler which does not read it", () =>
    Effect.gen(function*() {
      const head = post("/never", "transfer-encoding: chunked")
      for (const parts of [[head + chunk(2000)], [head, chunk(1000), chunk(1000)]]) {
        const answer = parse(yield* converse(...parts))
        assert.deepStrictEqual([answer.status, answer.headers.connection], [413, "close"])
      }
    }).pipe(Effect.provide(small)))

  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth)

  for (const path of ["/buffered", "/streamed", "/things"]) {
    it.live(`JSON that is nested too deep answers 400 before it is parsed: ${path}`, () =>
      Effect.gen(function*() {
        const body = nested(6)
        const rest = [`content-length: ${body.length}`, "connection: close"]
        for (const type of ["application/json; charset=utf-8", "application/merge-patch+json"]) {
          assert.strictEqual(parse(yield* converse(post(path, `content-type: ${type}`, ...rest), body)).status, 400)
        }
        const answer = parse(yield* converse(post(path, "content-type: application/json", ...rest), body))
        assert.strictEqual(answer.status, 400)
        assert.deepInclude(answer.body, {
          code: "common.invalid_argument",
          detail:
            "The JSON of the body is nested more than 5 levels deep. Send it flatter, or raise network.http.max_json_depth.",
          instance: path
        })
        const allowed = yield* request(path, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: nested(5)
        })
        assert.notInclude(JSON.stringify(allowed.body), "nested")
      }).pipe(Effect.provide(server({ settings: { http: { max_json_depth: 5 } } }))))
  }

  it.live("a bomb of brackets is refused after its first bytes", () =>
    Effect.gen(function*() {
      const head = post("/buffered", "content-type: application/json", "transfer-encoding: chunked")
      const bomb = `ffff\r\n${"[".repeat(65_535)}\r\n`
      const answer = parse(yield* converse(head, bomb, bomb, bomb))
      assert.deepStrictEqual([answer.status, answer.headers.connection], [400, "close"])
    }).pipe(Effect.provide(server())))

  it.live("brackets in a body that is no JSON are nobody's business", () =>
    Effect.gen(function*() {
      const headers = { "content-type": "text/plain" }
      const answer = yield* request("/streamed", { method: "POST", headers, body: "[".repeat(100) })
      assert.strictEqual(answer.body, "received 100")
    }).pipe(Effect.provide(server())))

  for (const path of ["/buffered", "/streamed"]) {
    it.live(`a chunked body that grows too large answers 413: ${path}`, () =>
      Effect.gen(function*() {
        const head = post(path, "transfer-encoding: chunked")
        const answer = parse(yield* converse(head, chunk(1000), chunk(1000)))
        assert.strictEqual(answer.status, 413)
        assert.deepInclude(answer.body, { code: "network.message_too_large", instance: path })
      }).pipe(Effect.provide(small)))

    it.live(`a chunked body whose first chunk is too large answers 413 and closes the connection: ${path}`, () =>
      Effect.gen(function*() {
        const head = post(path, "transfer-encoding: chunked")
        for (const parts of [[head + chunk(2000)], [head, chunk(2000)], [head, chunk(100_000), "0\r\n\r\n"]]) {
          const answer = parse(yield* converse(...parts))
          assert.deepStrictEqual([answer.status, answer.headers.connection], [413, "close"])
          assert.deepInclude(answer.body, {
            detail: "The body is larger than 1024 bytes. Send less, or raise network.http.max_request_size.",
            instance: path
          })
        }
      }).pipe(Effect.provide(small)))

    it.live(`a body of exactly the limit is served: ${path}`, () =>
      Effect.gen(function*() {
        const answer = yield* request(path, { method: "POST", body: "x".repeat(1024) })
        assert.deepStrictEqual([answer.status, answer.body], [200, "received 1024"])
      }).pipe(Effect.provide(small)))
  }

  it.live("a client that asks before it sends is told 413 without being asked for the body", () =>
    Effect.gen(function*() {
      const refused = yield* converse(post("/buffered", "content-length: 2000", "expect: 100-continue"))
      assert.match(refused, /^HTTP\/1\.1 413 /)
      const asked = yield* converse(
        post("/buffered", "content-length: 3", "expect: 100-continue", "connection: close"),
        "abc"
      )
      assert.match(asked, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/)
    }).pipe(Effect.provide(small)))

  it.live("a long URI answers 414", () =>
    Effect.gen(function*() {
      const answer = yield* request(`/${"x".repeat(64)}`)
      assert.strictEqual(answer.status, 414)
      assert.deepInclude(answer.body, {
        title: "URI too long",
        status: 414,
        detail: "The URI is longer than 64 bytes. Send less in it, or raise network.http.max_uri_length.",
        code: "network.message_too_large",
        number: -642
      })
    }).pipe(Effect.provide(small)))

  it.live("large header fields answer 431", () =>
    Effect.gen(function*() {
      const answer = parse(yield* converse(get("/hello", `x-large: ${"x".repeat(1100)}`)))
      assert.strictEqual(answer.status, 431)
      assert.deepStrictEqual(answer.body, {
        type: "urn:heptad:error:network.message_too_large",
        title: "Request header fields too large",
        status: 431,
        detail: "The head of the request is too large. Send fewer or smaller header fields, " +
          "or raise network.http.max_header_size.",
        code: "network.message_too_large",
        number: -642,
        plugin: "network"
      })
    }).pipe(Effect.provide(small)))

  const slow = server({
    settings: { tcp: { connection_timeout: "150ms", read_timeout: "300ms", keepalive_timeout: "100ms" } }
  })

  it.live("a head that does not arrive answers 408", () =>
    Effect.gen(function*() {
      const answer = parse(yield* converse("GET /hello HTTP/1.1\r\nhost: te"))
      assert.strictEqual(answer.status, 408)
      assert.deepInclude(answer.body, { code: "network.connection_timeout", title: "Request took too long to arrive" })
    }).pipe(Effect.provide(slow)))

  it.live("a body that does not arrive answers 408", () =>
    Effect.gen(function*() {
      const answer = parse(yield* converse(post("/buffered", "content-length: 10"), "abc"))
      assert.strictEqual(answer.status, 408)
    }).pipe(Effect.provide(slow)))

  it.live("an idle connection is closed after the keep-alive time", () =>
    Effect.gen(function*() {
      assert.match(yield* converse(get("/hello")), /^HTTP\/1\.1 200 OK/)
    }).pipe(Effect.provide(slow)))

  it.live("a client that does not read its answer is disconnected, one whose answer takes time is not", () =>
    Effect.gen(function*() {
      const { address } = yield* Network
      const closed = Effect.callback<void>((resume) => {
        const socket = net.connect(address.port, address.host)
        socket.on("error", () => {})
        socket.on("close", () => resume(Effect.void))
        socket.pause()
        socket.write(get("/large"))
        // Reading on after the server gave up ends in a reset; while it is paused nothing is noticed.
        setTimeout(() => socket.resume(), 1000)
        return Effect.sync(() => socket.destroy())
      })
      const waiting = yield* Effect.forkChild(request("/never").pipe(Effect.as("answered"), Effect.exit))
      yield* closed
      assert.isUndefined(waiting.pollUnsafe())
    }).pipe(Effect.provide(server({ settings: { tcp: { write_timeout: "200ms" } } }))))

  it.live("connections beyond those of one address are closed unread", () =>
    Effect.gen(function*() {
      const first = yield* held("/hello")
      const second = yield* held("/hello")
      const third = yield* held("/hello")
      assert.deepStrictEqual([first.served, second.served, third.served], [true, true, false])
      yield* Effect.callback<void>((resume) => {
        first.socket.once("close", () => resume(Effect.void))
        first.socket.destroy()
      })
      const again = yield* Effect.repeat(held("/hello"), { until: ({ served }) => served, times: 100 })
      assert.isTrue(again.served)
    }).pipe(Effect.scoped, Effect.provide(server({ settings: { tcp: { max_connections_per_ip: 2 } } }))))

  it.live("connections beyond those of the process are closed unread", () =>
    Effect.gen(function*() {
      const first = yield* held("/hello")
      const second = yield* held("/hello")
      assert.deepStrictEqual([first.served, second.served], [true, false])
    }).pipe(Effect.scoped, Effect.provide(server({ settings: { tcp: { max_connections: 1 } } }))))
})

const smuggled = "0\r\n\r\nGET /hello HTTP/1.1\r\nhost: test\r\n\r\n"

/** Requests that two parsers could read differently; the second request in them must never be answered. */
const ambiguous: Readonly<Record<string, string>> = {
  "Content-Length and Transfer-Encoding": post("/buffered", "content-length: 4", "transfer-encoding: chunked") +
    smuggled,
  "two different Content-Lengths": post("/buffered", "content-length: 4", "content-length: 5") + "abcde",
  "a Content-Length that is no number": post("/buffered", "content-length: 4x") + "abcd",
  "a negative Content-Length": post("/buffered", "content-length: -1"),
  "chunked twice": post("/buffered", "transfer-encoding: chunked, chunked") + smuggled,
  "chunked that is not last": post("/buffered", "transfer-encoding: chunked, identity") + smuggled,
  "an unknown transfer encoding": post("/buffered", "transfer-encoding: xchunked") + smuggled,
  "a space before the colon": post("/buffered", "transfer-encoding : chunked") + smuggled,
  "a folded header": post("/buffered", "transfer-encoding:\r\n chunked") + smuggled,
  "a bare line feed in the head": "GET /hello HTTP/1.1\nhost: test\n\n",
  "a bare carriage return in a value": "GET /hello HTTP/1.1\r\nhost: test\r\nx: a\rb\r\n\r\n",
  "a chunk size with a sign": post("/buffered", "transfer-encoding: chunked") + "+3\r\nabc\r\n0\r\n\r\n",
  "a chunk without its end": post("/buffered", "transfer-encoding: chunked") + "3\r\nabcd\r\n0\r\n\r\n",
  "no Host": "GET /hello HTTP/1.1\r\n\r\n",
  "another protocol": "SSH-2.0-OpenSSH_9.6\r\n\r\n"
}

describe("requests that are not HTTP", () => {
  for (const [name, bytes] of Object.entries(ambiguous)) {
    it.live(`${name}: answered 400 or not at all, and the connection closed`, () =>
      Effect.gen(function*() {
        const text = yield* converse(bytes)
        assert.notInclude(text, "HTTP/1.1 200")
        assert.strictEqual(text.split("HTTP/1.1 ").length, 2, text)
        assert.strictEqual(parse(text).status, 400)
      }).pipe(Effect.provide(server())))
  }

  it.live("what the parser refuses is a problem too", () =>
    Effect.gen(function*() {
      const answer = parse(yield* converse("nonsense\r\n\r\n"))
      assert.strictEqual(answer.headers["content-type"], "application/problem+json")
      assert.deepStrictEqual(answer.body, {
        type: "urn:heptad:error:network.receive",
        title: "Bad request",
        status: 400,
        detail: "These bytes are not an HTTP request that this server accepts. " +
          "Check the client and the proxies in between.",
        code: "network.receive",
        number: -641,
        plugin: "network"
      })
    }).pipe(Effect.provide(server())))

  const hosts = { "no host": "", "two hosts": "host: a\r\nhost: b\r\n" }
  for (const [name, lines] of Object.entries(hosts)) {
    it.live(`a request of ${name} is told so by a problem`, () =>
      Effect.gen(function*() {
        const answer = parse(yield* converse(`GET /hello HTTP/1.1\r\n${lines}\r\n`))
        assert.strictEqual(answer.status, 400)
        assert.strictEqual(answer.headers.connection, "close")
        assert.deepInclude(answer.body, {
          code: "network.receive",
          detail: "A request names its host once. Send one header: Host: <name of this server>"
        })
      }).pipe(Effect.provide(server())))
  }

  it.live("a probe of HTTP/1.0 needs no host", () =>
    Effect.gen(function*() {
      assert.strictEqual(parse(yield* converse("GET /hello HTTP/1.0\r\n\r\n")).status, 200)
    }).pipe(Effect.provide(server())))

  it.live("a tunnel is refused by a problem", () =>
    Effect.gen(function*() {
      const answer = parse(yield* converse("CONNECT example.org:443 HTTP/1.1\r\nhost: example.org\r\n\r\n"))
      assert.strictEqual(answer.status, 501)
      assert.deepInclude(answer.body, { status: 501, code: "network.receive" })
    }).pipe(Effect.provide(server())))

  it.live("an expectation that nobody knows is ignored", () =>
    Effect.gen(function*() {
      assert.match(yield* converse(get("/hello", "expect: tea", "connection: close")), /^HTTP\/1\.1 200 OK/)
    }).pipe(Effect.provide(server())))
})
