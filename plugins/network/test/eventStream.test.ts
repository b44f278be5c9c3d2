import { assert, describe, it } from "@effect/vitest"
import { CompiledApi, Network } from "@heptad/network"
import { layerTest } from "@heptad/network/testing"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Sse from "effect/encoding/Sse"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as http from "node:http"
import { figure } from "./sockets.ts"
import { converse, until } from "./support.ts"

type Settings = NonNullable<NonNullable<Parameters<typeof layerTest>[0]>["settings"]>

const Api = HttpApi.make("ticks").add(
  HttpApiGroup.make("ticks").add(
    HttpApiEndpoint.get("follow", "/ticks", {
      success: HttpApiSchema.StreamSse({ data: Schema.Struct({ count: Schema.Finite }) })
    })
  )
)

/** What the endpoint and the route tell; whoever reads it first has it. */
class Feed {
  readonly queue: Queue.Queue<number>
  readonly ended: Deferred.Deferred<void>
  constructor(queue: Queue.Queue<number>, ended: Deferred.Deferred<void>) {
    this.queue = queue
    this.ended = ended
  }
  get counts() {
    return Stream.fromQueue(this.queue).pipe(Stream.ensuring(Deferred.succeed(this.ended, undefined)))
  }
}

const serving = <A, E, R>(settings: Settings, test: (feed: Feed) => Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const feed = new Feed(yield* Queue.unbounded<number>(), yield* Deferred.make<void>())
    const handlers = HttpApiBuilder.group(Api, "ticks", (handlers) =>
      handlers.handleAll({
        follow: () => Effect.succeed(Stream.map(feed.counts, (count) => ({ count })))
      }))
    const events = feed.counts.pipe(
      Stream.map((count): Sse.Event => ({ _tag: "Event", event: "tick", id: String(count), data: `count\n${count}` })),
      Stream.pipeThroughChannel(Sse.encode()),
      Stream.encodeText
    )
    const routes = Layer.mergeAll(
      CompiledApi.layer(Api).pipe(Layer.provide(handlers)),
      HttpRouter.add("GET", "/events", Response.stream(events, { contentType: "text/event-stream" })),
      HttpRouter.add(
        "GET",
        "/halves",
        Response.stream(
          Stream.encodeText(
            Stream.concat(
              Stream.make("data: ha"),
              Stream.fromEffect(Effect.delay(Effect.succeed("lf\n\n"), "150 millis"))
            )
          ),
          { contentType: "text/event-stream; charset=utf-8", headers: { "cache-control": "no-cache" } }
        )
      )
    )
    return yield* Effect.scoped(test(feed)).pipe(
      Effect.provide(routes.pipe(Layer.provideMerge(layerTest({ settings }))))
    )
  })

/** A client that has the head of its answer. */
const follow = Effect.fnUntraced(function*(path: string) {
  const { address } = yield* Network
  const head = yield* Deferred.make<http.IncomingMessage>()
  const got = { text: "", isEnded: false }
  const request = yield* Effect.acquireRelease(
    Effect.sync(() =>
      http.get({ host: address.host, port: address.port, path, agent: false }, (response) => {
        response.on("data", (chunk) => {
          got.text += String(chunk)
        })
        response.on("end", () => {
          got.isEnded = true
        })
        response.on("error", () => {})
        Deferred.doneUnsafe(head, Effect.succeed(response))
      }).on("error", () => {})
    ),
    (request) => Effect.sync(() => request.destroy())
  )
  const response = yield* Deferred.await(head)
  return { got, request, response }
})

describe("an event stream", () => {
  for (
    const [path, event] of [["/ticks", `data: {"count":1}\n\n`], [
      "/events",
      "id: 1\nevent: tick\ndata: count\ndata: 1\n\n"
    ]] as const
  ) {
    it.live(`of ${path} begins before its first event, and hands each on at once`, () =>
      serving({}, ({ queue }) =>
        Effect.gen(function*() {
          const { got, response } = yield* follow(path)
          assert.strictEqual(response.statusCode, 200)
          assert.deepInclude(response.headers, {
            "content-type": "text/event-stream",
            "cache-control": "no-store",
            "x-accel-buffering": "no"
          })
          assert.strictEqual(yield* figure("sse_streams_active"), 1)
          yield* Queue.offer(queue, 1)
          yield* until(Effect.sync(() => got.text === event))
        })))
  }

  it.live("gets comments while nothing happens, and none into half a line", () =>
    serving({ sse: { heartbeat: "40ms" } }, () =>
      Effect.gen(function*() {
        const { got } = yield* follow("/ticks")
        yield* until(Effect.sync(() => got.text.startsWith(":\n:\n")))
        const halves = yield* follow("/halves")
        yield* until(Effect.sync(() => halves.got.isEnded))
        assert.strictEqual(halves.got.text, "data: half\n\n")
        assert.strictEqual(halves.response.headers["cache-control"], "no-cache")
      })))

  it.live("is interrupted when its client has gone", () =>
    serving({}, ({ ended, queue }) =>
      Effect.gen(function*() {
        const { got, request } = yield* follow("/events")
        yield* Queue.offer(queue, 1)
        yield* until(Effect.sync(() => got.text !== ""))
        request.destroy()
        yield* Effect.timeout(Deferred.await(ended), "1 second")
        yield* until(Effect.map(figure("sse_streams_active"), (active) => active === 0))
      })))

  it.live("that is idle outlives the timeouts of HTTP", () =>
    serving(
      { tcp: { write_timeout: "50ms", read_timeout: "50ms", keepalive_timeout: "50ms" } },
      ({ queue }) =>
        Effect.gen(function*() {
          const { got } = yield* follow("/ticks")
          // Other connections that stand still show that the time is over.
          yield* Effect.repeat(converse(""), { times: 2 })
          yield* Queue.offer(queue, 1)
          yield* until(Effect.sync(() => got.text !== ""))
          assert.isFalse(got.isEnded)
        })
    ))

  it.live("is held back by a client that reads nothing, and loses no event", () =>
    serving({}, () =>
      Effect.gen(function*() {
        let made = 0
        const router = yield* HttpRouter.HttpRouter
        const piece = new TextEncoder().encode(`data: ${"x".repeat(32 * 1024)}\n\n`)
        const endless = Stream.fromEffectRepeat(Effect.sync(() => {
          made++
          return piece
        }))
        yield* router.add("GET", "/endless", Response.stream(endless, { contentType: "text/event-stream" }))
        const { response } = yield* follow("/endless")
        response.pause()
        let before = -1
        yield* until(
          Effect.delay(
            Effect.sync(() => {
              const isHeld = made === before
              before = made
              return isHeld
            }),
            "50 millis"
          )
        )
        // The buffers of both ends, not the memory of the server.
        assert.isBelow(made * piece.length, 32 * 1024 * 1024)
        response.resume()
        yield* until(Effect.sync(() => made > before))
      })))
})
