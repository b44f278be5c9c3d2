/** WebSockets and event streams over TLS, where the port also speaks HTTP/2. */
import { assert, it } from "@effect/vitest"
import { Network } from "@heptad/network"
import { layerTest } from "@heptad/network/testing"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as http2 from "node:http2"
import { authority, forLocalhost } from "./certificates.ts"
import { connect, figure, routes } from "./sockets.ts"
import { until } from "./support.ts"
import { filesOf, folder } from "./tlsSupport.ts"

const root = authority("Heptad Test Root")
const mine = forLocalhost(root)
const ca = root.cert

const events = HttpRouter.add(
  "GET",
  "/events",
  Response.stream(Stream.concat(Stream.make("data: first\n\n"), Stream.never).pipe(Stream.encodeText), {
    contentType: "text/event-stream"
  })
)

const served = Layer.unwrap(
  Effect.map(folder, (files) => {
    files.pair("first", mine)
    const tls = { enabled: true, http2: true, ...filesOf(files, "first") }
    return Layer.mergeAll(routes, events).pipe(
      Layer.provideMerge(layerTest({ settings: { tls, sse: { heartbeat: "40ms" } } }))
    )
  })
)

it.live("a WebSocket is opened over TLS, also for an origin of https", () =>
  Effect.gen(function*() {
    const { address } = yield* Network
    // The certificate is that of a name, and the client is given a number: it has no fault to tell.
    const checkServerIdentity = () => false
    const client = yield* connect("/echo", { ca, checkServerIdentity, origin: address.url })
    yield* client.send("secret")
    assert.strictEqual(yield* client.next, "secret")
  }).pipe(Effect.scoped, Effect.provide(served)))

it.live("an event stream over HTTP/2 begins at once, gets comments, and ends with its client", () =>
  Effect.gen(function*() {
    const { address } = yield* Network
    const session = yield* Effect.acquireRelease(
      Effect.sync(() => http2.connect(address.url, { ca, servername: "localhost" })),
      (session) => Effect.sync(() => session.destroy())
    )
    const stream = session.request({ ":path": "/events" })
    const got = { text: "", caching: "" }
    stream.on("response", (head) => {
      got.caching = String(head["cache-control"])
    })
    stream.on("data", (chunk) => {
      got.text += String(chunk)
    })
    stream.on("error", () => {})
    yield* until(Effect.sync(() => got.text.startsWith("data: first\n\n:\n:\n")))
    assert.strictEqual(got.caching, "no-store")
    stream.close(http2.constants.NGHTTP2_CANCEL)
    yield* until(Effect.map(figure("sse_streams_active"), (active) => active === 0))
  }).pipe(Effect.scoped, Effect.provide(served)))
