/** The deadline of handlers. */
import { assert, describe, it } from "@effect/vitest"
import { Network } from "@heptad/network"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { converse, request, server, stable } from "./support.ts"

const quick = { settings: { http: { handler_timeout: "100ms" } } }

const serving = (...routes: ReadonlyArray<Layer.Layer<never, never, HttpRouter.HttpRouter>>) =>
  Layer.mergeAll(Layer.empty, ...routes).pipe(Layer.provideMerge(server(quick)))

describe("a handler", () => {
  it.live("that takes too long is interrupted, and its client told so", () =>
    Effect.gen(function*() {
      const interrupted = yield* Deferred.make<void>()
      const slow = HttpRouter.add(
        "GET",
        "/slow",
        Effect.onInterrupt(Effect.never, () => Deferred.succeed(interrupted, undefined))
      )
      yield* Effect.gen(function*() {
        const answer = yield* request("/slow")
        yield* Deferred.await(interrupted)
        assert.strictEqual(answer.headers["retry-after"], "1")
        assert.deepStrictEqual(stable(answer), {
          type: "urn:heptad:error:common.timeout",
          title: "Service unavailable",
          status: 503,
          detail: "The server did not finish this request in time. Try again later, or ask for less at once.",
          instance: "/slow",
          code: "common.timeout",
          number: -4,
          plugin: "network",
          trace_id: "<trace>"
        })
      }).pipe(Effect.provide(serving(slow)))
    }))

  it.live("of a compiled endpoint has the same deadline", () =>
    Effect.gen(function*() {
      const answer = yield* request("/waiting")
      assert.deepInclude(answer.body, { status: 503, code: "common.timeout" })
    }).pipe(Effect.provide(server(quick))))

  it.live("that lets nobody interrupt it loses its client", () =>
    Effect.gen(function*() {
      const { address } = yield* Network
      const answer = yield* Effect.exit(Effect.tryPromise(() => fetch(`${address.url}/stubborn`)))
      assert.strictEqual(answer._tag, "Failure")
    }).pipe(Effect.provide(
      serving(
        HttpRouter.add(
          "GET",
          "/stubborn",
          Effect.uninterruptible(Effect.delay(Effect.succeed(Response.empty()), "2 seconds"))
        )
      )
    )))

  it.live("whose answer has begun may go on", () => {
    const ticks = Stream.fromEffectSchedule(Effect.succeed("tick "), Schedule.spaced("50 millis")).pipe(
      Stream.take(8),
      Stream.encodeText
    )
    return Effect.gen(function*() {
      const answer = yield* request("/ticks")
      assert.deepStrictEqual([answer.status, answer.body], [200, "tick ".repeat(8)])
    }).pipe(Effect.provide(serving(HttpRouter.add("GET", "/ticks", Effect.succeed(Response.stream(ticks))))))
  })

  it.live("that waits for a slow body is the business of read_timeout", () =>
    Effect.gen(function*() {
      const answer = yield* converse("POST /buffered HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf")
      assert.match(answer, /^HTTP\/1\.1 408 /)
    }).pipe(
      Effect.provide(server({ settings: { http: { handler_timeout: "100ms" }, tcp: { read_timeout: "700ms" } } }))
    ))
})
