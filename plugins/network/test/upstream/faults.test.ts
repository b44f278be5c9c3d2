/** Upstreams that misbehave in every way: each gets its name within its time, and no connection stays behind. */
import { assert, describe, it } from "@effect/vitest"
import { ServiceClient } from "@heptad/network"
import { layerServiceClient } from "@heptad/network/testing"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpClientError from "effect/http/HttpClientError"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import type * as net from "node:net"
import { ask, causeOf, nobody, peer, rawPeer, really } from "./peers.ts"

const once = { retry: { attempts: 1 }, circuit_breaker: { enabled: false } }

/** For as long as the test. */
const client = Effect.fnUntraced(function*(url: string, more: object = {}) {
  const context = yield* Layer.build(layerServiceClient({ orders: { endpoints: [url], ...once, ...more } }))
  return yield* Context.get(context, ServiceClient).upstream("orders")
})

/** The one try of one request; afterwards the client closes, and with it the last connection. */
const fault = Effect.fnUntraced(function*(
  { sockets = new Set(), url }: { readonly url: string; readonly sockets?: ReadonlySet<net.Socket> },
  more: object = {}
) {
  const scope = yield* Scope.make()
  const context = yield* Layer.buildWithScope(
    layerServiceClient({ orders: { endpoints: [url], ...once, ...more } }),
    scope
  )
  const orders = yield* Context.get(context, ServiceClient).upstream("orders")
  const result = yield* ask(orders)
  yield* Scope.close(scope, Exit.void)
  yield* really(() => sockets.size === 0)
  return result
})

describe("an upstream", () => {
  it.effect("where nobody listens", () =>
    Effect.gen(function*() {
      const url = yield* nobody
      const orders = yield* client(url)
      const error = yield* Effect.flip(orders.get("/"))
      assert.strictEqual(
        causeOf(error).message,
        `upstream orders at ${url} (ECONNREFUSED): nobody listens there. Start it, or correct the address.`
      )
      assert.deepInclude(causeOf(error).errorCode, { name: "network.connection_refused", httpStatus: 502 })
      assert.instanceOf(error, HttpClientError.HttpClientError)
      assert.include(error.message, causeOf(error).message)
    }))

  it.effect("whose name nobody knows", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* fault({ url: "http://nowhere.invalid" }), "no_connection")
    }))

  it.effect("that resets the connection before it answers", () =>
    Effect.gen(function*() {
      const peer = yield* rawPeer((socket) => socket.resetAndDestroy())
      assert.strictEqual(yield* fault(peer), "closed")
    }))

  it.effect("that closes the connection in the middle of a body", () =>
    Effect.gen(function*() {
      const peer = yield* rawPeer((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"))
      assert.strictEqual(yield* fault(peer), "closed")
    }))

  it.effect("that resets the connection in the middle of a chunked body", () =>
    Effect.gen(function*() {
      const peer = yield* rawPeer((socket) => {
        socket.write(
          "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
          () => socket.resetAndDestroy()
        )
      })
      assert.strictEqual(yield* fault(peer), "closed")
    }))

  for (
    const [what, text, expected] of [
      ["that does not speak HTTP", "220 mail.example.com ESMTP\r\n", "not_http"],
      ["whose header fields are none", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "not_http"],
      ["that sends two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", "not_http"],
      ["whose chunks have no size", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "not_http"],
      ["whose head never ends", `HTTP/1.1 200 OK\r\n${`x: ${"y".repeat(1000)}\r\n`.repeat(100)}`, "too_large"]
    ] as const
  ) {
    it.effect(what, () =>
      Effect.gen(function*() {
        const peer = yield* rawPeer((socket) => socket.write(text))
        assert.strictEqual(yield* fault(peer), expected)
      }))
  }

  it.effect("whose body never ends: what came is counted, and the connection closed", () =>
    Effect.gen(function*() {
      const made = yield* peer((_, response) => {
        const more = (): void => {
          while (response.write("x".repeat(16_384))) if (response.destroyed) return
        }
        response.on("drain", more)
        more()
      })
      assert.strictEqual(yield* fault(made, { max_response_size: "1MB" }), "too_large")
    }))

  it.effect("that redirects in a circle", () =>
    Effect.gen(function*() {
      const made = yield* peer((_, response) => response.writeHead(302, { location: "/again" }).end())
      assert.strictEqual(yield* fault(made), "too_many_redirects")
      assert.lengthOf(made.seen, 6)
      assert.strictEqual(yield* fault(made, { max_redirects: 0 }), 302)
    }))

  it.effect("that redirects elsewhere gets no credentials there", () =>
    Effect.gen(function*() {
      const there = yield* peer((_, response) => response.end("there"))
      const made = yield* peer((request, response) =>
        request.url === "/same"
          ? response.writeHead(307, { location: "/end" }).end()
          : request.url === "/end"
          ? response.end("here")
          : response.writeHead(302, { location: `${there.url}/end` }).end()
      )
      const orders = yield* client(made.url)
      const headers = { authorization: "Bearer secret", cookie: "a=b", "x-kept": "1" }
      assert.strictEqual(yield* Effect.flatMap(orders.get("/same", { headers }), ({ text }) => text), "here")
      assert.strictEqual(made.seen[1]?.headers.authorization, "Bearer secret")
      assert.strictEqual(yield* Effect.flatMap(orders.get("/other", { headers }), ({ text }) => text), "there")
      assert.deepInclude(there.seen[0]?.headers, { "x-kept": "1" })
      assert.notProperty(there.seen[0]?.headers, "authorization")
      assert.notProperty(there.seen[0]?.headers, "cookie")
    }))

  const silences = [
    ["that accepts and says nothing", () => {}],
    ["that stops in its head", (socket: net.Socket) => socket.write("HTTP/1.1 200 OK\r\nx-slow: ")],
    ["that stops in its body", (socket: net.Socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")]
  ] as const

  for (const [what, asked] of silences) {
    it.effect(`${what} is given up after its time, and the connection closed`, () =>
      Effect.gen(function*() {
        let heard = false
        const peer = yield* rawPeer((socket) => {
          heard = true
          asked(socket)
        })
        const orders = yield* client(peer.url, { timeout: "5s" })
        const answer = yield* Effect.forkChild(ask(orders))
        yield* really(() => heard)
        yield* TestClock.adjust("4999 millis")
        assert.isUndefined(answer.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(yield* Fiber.join(answer), "timeout")
        yield* really(() => peer.sockets.size === 0)
      }))
  }

  it.effect("that sends its head byte by byte is given up after its time", () =>
    Effect.gen(function*() {
      const peer = yield* rawPeer((socket) => {
        const drip = setInterval(() => socket.write("x"), 5)
        socket.once("close", () => clearInterval(drip))
        socket.write("HTTP/1.1 200 OK\r\nx-slow: ")
      })
      const orders = yield* client(peer.url, { timeout: "5s" })
      const answer = yield* Effect.forkChild(ask(orders))
      yield* really(() => [...peer.sockets].some(({ bytesWritten }) => bytesWritten > 50))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* Fiber.join(answer), "timeout")
      yield* really(() => peer.sockets.size === 0)
    }))

  it.effect("a request that nobody waits for any more is aborted on the wire", () =>
    Effect.gen(function*() {
      const made = yield* peer(() => {})
      const orders = yield* client(made.url)
      const answer = yield* Effect.forkChild(ask(orders))
      yield* really(() => made.seen.length === 1)
      yield* Fiber.interrupt(answer)
      yield* really(() => made.sockets.size === 0)
    }))

  it.effect("a connection is used again, and closed with the client", () =>
    Effect.gen(function*() {
      const made = yield* peer((_, response) => response.end("ok"))
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(layerServiceClient({ orders: { endpoints: [made.url] } }), scope)
      const orders = yield* Context.get(context, ServiceClient).upstream("orders")
      for (let round = 0; round < 30; round++) assert.strictEqual(yield* ask(orders), 200)
      // A connection takes the next request a moment after its answer has been read.
      assert.isAtMost(made.sockets.size, 2)
      yield* Scope.close(scope, Exit.void)
      yield* really(() => made.sockets.size === 0)
    }))
})
