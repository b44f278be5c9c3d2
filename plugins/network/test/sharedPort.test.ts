/** A server whose connections somebody else accepts: here a listener of this process. */
import { assert, describe, it } from "@effect/vitest"
import { Network } from "@heptad/network"
import { SharedPort } from "@heptad/network/plugin"
import { layerTest, type TestOptions } from "@heptad/network/testing"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import type * as http from "node:http"
import * as http2 from "node:http2"
import * as https from "node:https"
import * as net from "node:net"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"

const routes = HttpRouter.add("GET", "/hello", Response.text("hello"))

const listener = Effect.acquireRelease(
  Effect.promise(async () => {
    const server = net.createServer({ allowHalfOpen: true })
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    return server
  }),
  (server) => Effect.sync(() => void server.close())
)

const portOf = (server: net.Server): number => {
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

/** The server in front of which the listener stands. */
const served = Effect.fnUntraced(function*(settings: NonNullable<TestOptions["settings"]> = {}) {
  const accepting = yield* listener
  const port = portOf(accepting)
  const seen: { left: number; bound: string | undefined } = { left: 0, bound: undefined }
  const shared: typeof SharedPort.Service = {
    processes: 2,
    handedOver: {
      host: "127.0.0.1",
      port,
      receive: (take) => {
        accepting.on("connection", take)
        return () => void accepting.off("connection", take)
      },
      left: () => void seen.left++
    },
    bound: ({ url }) => void (seen.bound = url)
  }
  const context = yield* Layer.build(routes.pipe(Layer.provideMerge(layerTest({ settings })))).pipe(
    Effect.provideService(SharedPort, shared)
  )
  return { address: Context.get(context, Network).address, port, seen }
})

/** Sends the bytes, and reads until the other side closes. */
const exchange = (port: number, bytes: string) =>
  Effect.promise(async () => {
    const socket = net.connect(port, "127.0.0.1")
    socket.on("error", () => {})
    socket.write(bytes)
    return await text(socket).finally(() => socket.destroy())
  })

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))

const files = { cert_file: fixture("localhost.cert.pem"), key_file: fixture("localhost.key.pem") }

const ca = readFileSync(files.cert_file)

const overTls = async (port: number): Promise<string> => {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    https.get({ host: "127.0.0.1", port, path: "/hello", ca, agent: false }, resolve).on("error", reject)
  })
  return await text(response)
}

const overHttp2 = async (port: number): Promise<string> => {
  const session = http2.connect(`https://127.0.0.1:${port}`, { ca })
  const stream = session.request({ ":path": "/hello" })
  return await text(stream).finally(() => session.close())
}

const get = (path: string, more = "connection: close\r\n"): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n${more}\r\n`

describe("connections that are handed over", () => {
  it.live("are served like accepted ones, and their end is told", () =>
    Effect.scoped(Effect.gen(function*() {
      const { address, port, seen } = yield* served()
      assert.strictEqual(address.port, port)
      assert.strictEqual(seen.bound, `http://127.0.0.1:${port}`)
      assert.match(yield* exchange(port, get("/hello")), /^HTTP\/1\.1 200 OK\r\n[^]*hello$/)
      assert.match(yield* exchange(port, get("/hello", "") + get("/hello")), /hello[^]*hello$/)
      assert.strictEqual(seen.left, 2)
    })))

  it.live.each(["HTTP/1.1", "HTTP/2"])(
    "speak %s over TLS where it is on",
    (version) =>
      Effect.scoped(Effect.gen(function*() {
        const { port, seen } = yield* served({ tls: { ...files, enabled: true, http2: version === "HTTP/2" } })
        const answer = yield* Effect.promise(() => version === "HTTP/2" ? overHttp2(port) : overTls(port))
        assert.strictEqual(answer, "hello")
        assert.strictEqual(seen.bound, `https://127.0.0.1:${port}`)
      }))
  )

  it.live("have the time limits of requests, which Node keeps for servers that listen", () =>
    Effect.scoped(Effect.gen(function*() {
      const { port } = yield* served({ tcp: { connection_timeout: "200ms" } })
      assert.match(yield* exchange(port, "GET / HTTP/1.1\r\nhost: x\r\n"), /^HTTP\/1\.1 408 /)
    })))

  it.live("beyond max_connections are closed", () =>
    Effect.scoped(Effect.gen(function*() {
      const { port, seen } = yield* served({ tcp: { max_connections: 1 } })
      const first = yield* Effect.promise(async () => {
        const socket = net.connect(port, "127.0.0.1")
        socket.write(get("/hello", ""))
        await once(socket, "data")
        return socket
      })
      assert.strictEqual(yield* exchange(port, get("/hello")), "")
      assert.strictEqual(seen.left, 1)
      first.destroy()
    })))
})
