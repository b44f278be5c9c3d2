import { assert, describe, it } from "@effect/vitest"
import { CurrentRequest, Network } from "@heptad/network"
import { bearer } from "@heptad/network/testing"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import * as net from "node:net"
import { converse, request, server } from "./support.ts"

interface Line {
  readonly message: unknown
  readonly annotations: Readonly<Record<string, unknown>>
  /** Of the span in which the line was written; the logger writes it as trace_id. */
  readonly traceId: string | undefined
}

const capturing = (lines: Array<Line>) =>
  Logger.layer([
    Logger.make(({ fiber, message }) => {
      lines.push({
        message,
        annotations: fiber.getRef(References.CurrentLogAnnotations),
        traceId: Context.getOrUndefined(fiber.context, Tracer.ParentSpan)?.traceId
      })
    })
  ])

const count = (id: string, attributes: Readonly<Record<string, string>> = {}) =>
  Effect.map(Metric.snapshot, (series) =>
    series
      .filter((one) =>
        one.id === id && Object.entries(attributes).every(([key, value]) => one.attributes?.[key] === value)
      )
      .reduce(
        (sum, one) => sum + ("count" in one.state ? Number(one.state.count) : Number(Reflect.get(one.state, "value"))),
        0
      ))

/** How much a figure grew. */
const growth = <A, E, R>(id: string, attributes: Readonly<Record<string, string>>, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const before = yield* count(id, attributes)
    yield* effect
    return (yield* count(id, attributes)) - before
  })

const closing = "GET /hello HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n"

describe("what operators see", () => {
  it.live("one access line per request, with template, status, time, ids and user", () => {
    const lines: Array<Line> = []
    return Effect.gen(function*() {
      const authorization = yield* bearer({ sub: "alice", roles: ["clerk"] })
      const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
      yield* request("/things/1?limit=1", { headers: { traceparent, "x-request-id": "request-4711" } })
      yield* request("/guarded/own", { headers: { authorization } })
      yield* request("/things/2")
      yield* request("/nowhere?secret=1")
      const written = lines.filter(({ message }) => JSON.stringify(message).includes("request"))
      const access = written.map((line) => line.annotations)
      assert.deepStrictEqual(
        access.map(({ endpoint, method, status, user_id }) => [method, endpoint, status, user_id]),
        [
          ["GET", "/things/:id", 200, undefined],
          ["GET", "/guarded/own", 200, "alice"],
          ["GET", "/things/:id", 404, undefined],
          ["GET", "/nowhere", 404, undefined]
        ]
      )
      assert.deepInclude(access[0], { request_id: "request-4711" })
      assert.strictEqual(written[0]?.traceId, "0af7651916cd43dd8448eb211c80319c")
      assert.isTrue(access.every(({ duration_ms }) => typeof duration_ms === "number" && duration_ms >= 0))
    }).pipe(Effect.provide(server().pipe(Layer.provideMerge(capturing(lines)))))
  })

  it.live("no access line where the settings say so", () => {
    const lines: Array<Line> = []
    return Effect.gen(function*() {
      yield* request("/hello")
      assert.notInclude(lines.map(({ message }) => JSON.stringify(message)), JSON.stringify(["request"]))
    }).pipe(Effect.provide(
      server({ settings: { http: { access_log: false } } }).pipe(
        Layer.provideMerge(capturing(lines))
      )
    ))
  })

  it.live("a defect is logged once with the ids of its request", () => {
    const lines: Array<Line> = []
    return Effect.gen(function*() {
      yield* request("/broken", { headers: { "x-request-id": "request-4712" } })
      const failures = lines.filter(({ message }) => JSON.stringify(message).includes("failed"))
      assert.deepStrictEqual(failures.map(({ annotations }) => annotations.request_id), ["request-4712"])
    }).pipe(Effect.provide(server().pipe(Layer.provideMerge(capturing(lines)))))
  })

  it.live("spans of a handler continue the trace of the client", () =>
    Effect.gen(function*() {
      const answer = yield* request("/trace", {
        headers: { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }
      })
      assert.deepStrictEqual(answer.body, {
        span: "0af7651916cd43dd8448eb211c80319c",
        request: "0af7651916cd43dd8448eb211c80319c"
      })
    }).pipe(Effect.provide(
      HttpRouter.add(
        "GET",
        "/trace",
        Effect.gen(function*() {
          const span = yield* Effect.currentSpan
          return Response.jsonUnsafe({ span: span.traceId, request: (yield* CurrentRequest).traceId })
        }).pipe(Effect.withSpan("inner"), Effect.orDie)
      ).pipe(Layer.provideMerge(server()))
    )))

  it.live("with a tracer installed the server span is the parent, and its trace is told", () => {
    const spans: Array<Tracer.NativeSpan> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    return Effect.gen(function*() {
      const traceId = "0af7651916cd43dd8448eb211c80319c"
      const answer = yield* request("/nowhere", { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } })
      assert.nestedPropertyVal(answer.body, "trace_id", traceId)
      const [span] = spans.filter(({ kind }) => kind === "server")
      assert.strictEqual(span?.traceId, traceId)
      assert.strictEqual(span?.attributes.get("http.response.status_code"), 404)
    }).pipe(Effect.provide(server().pipe(Layer.provideMerge(Layer.succeed(Tracer.Tracer, tracer)))))
  })

  it.live("requests are counted by method and status, and timed", () =>
    Effect.gen(function*() {
      const three = Effect.forEach(["/hello", "/hello", "/nowhere"], (path) => request(path))
      assert.strictEqual(yield* growth("http_requests_total", { method: "GET", status: "200" }, three), 2)
      assert.strictEqual(yield* growth("http_requests_total", { method: "GET", status: "404" }, three), 1)
      assert.strictEqual(yield* growth("http_request_duration_seconds", {}, three), 3)
      const odd = request("/hello", { method: "PROPFIND" })
      assert.strictEqual(yield* growth("http_requests_total", { method: "OTHER", status: "405" }, odd), 1)
      const malformed = converse("nonsense\r\n\r\n")
      assert.strictEqual(yield* growth("http_requests_total", { method: "OTHER", status: "400" }, malformed), 1)
    }).pipe(Effect.provide(server())))

  it.live("durations are told by route template, by the guide's name and by OpenTelemetry's", () =>
    Effect.gen(function*() {
      const labels = (http_route: string, status: string) => ({
        http_request_method: "GET",
        http_response_status_code: status,
        http_route
      })
      const both = Effect.forEach(["/things/1", "/things/1?limit=2", "/nowhere/42"], (path) => request(path))
      const name = "http_server_request_duration_seconds"
      assert.strictEqual(yield* growth(name, labels("/things/:id", "200"), both), 2)
      assert.strictEqual(yield* growth(name, labels("", "404"), both), 1)
      assert.strictEqual(yield* growth("network_request_duration_seconds", {}, both), 3)
    }).pipe(Effect.provide(server())))

  it.live("bytes of both directions are counted when a connection closes", () =>
    Effect.gen(function*() {
      const { address } = yield* Network
      const settled = Effect.gen(function*() {
        yield* converse(closing)
        yield* Effect.repeat(count("network_connections_active"), { until: (open) => open === 0, times: 1000 })
        yield* Effect.sleep("10 millis")
      })
      assert.strictEqual(yield* growth("network_bytes_received_total", {}, settled), closing.length)
      assert.isAbove(yield* growth("network_bytes_sent_total", {}, settled), 100)
      assert.isAbove(address.port, 0)
    }).pipe(Effect.provide(server())))

  it.live("open connections are a gauge, refused ones a counter", () =>
    Effect.gen(function*() {
      const { address } = yield* Network
      const open = Effect.acquireRelease(
        Effect.callback<net.Socket>((resume) => {
          const socket = net.connect(address.port, address.host, () => resume(Effect.succeed(socket)))
          socket.on("error", () => {})
        }),
        (socket) => Effect.sync(() => socket.destroy())
      )
      const before = yield* count("network_connections_active")
      yield* open
      yield* Effect.repeat(count("network_connections_active"), { until: (now) => now === before + 1, times: 10_000 })
      const refused = Effect.andThen(open, Effect.sleep("20 millis"))
      const reason = { reason: "max_connections_per_ip" }
      assert.strictEqual(yield* growth("network_connections_refused_total", reason, refused), 1)
      assert.strictEqual(yield* count("network_connections_active"), before + 1)
    }).pipe(Effect.scoped, Effect.provide(server({ settings: { tcp: { max_connections_per_ip: 1 } } }))))
})
