/**
 * Effect's HttpRouter with the production features as its users compose them: its CORS middleware, its RateLimiter in memory, its
 * metrics and its JSON logger to a file, and one middleware of one's own.
 * `node effectFeatures.ts <port> <folder> <metrics port> [low-limit]`
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as HttpRouter from "effect/http/HttpRouter"
import { causeResponse } from "effect/http/HttpServerError"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import * as Option from "effect/Option"
import * as RateLimiter from "effect/persistence/RateLimiter"
import { randomUUID } from "node:crypto"
import { createServer } from "node:http"
import {
  buckets,
  corsHeaders,
  corsMaxAge,
  corsMethods,
  limitOf,
  origin,
  requestIdOf,
  securityHeaders
} from "../agreed.ts"
import { logFile } from "../features.ts"
import { routes } from "./effectRoutes.ts"

const [, , port, folder = "", , ...switches] = process.argv
const limit = limitOf(switches)

const requests = Metric.counter("http_requests_total", { incremental: true })
const duration = Metric.histogram("http_request_duration_seconds", { boundaries: buckets })

const answered = Effect.fnUntraced(
  function*(request: HttpServerRequest, requestId: string, startedAt: bigint, status: number) {
    const millis = Number((yield* Clock.currentTimeNanos) - startedAt) / 1e6
    const { method, url: route } = request
    yield* Metric.update(Metric.withAttributes(requests, { method, status: String(status) }), 1)
    yield* Metric.update(duration, millis / 1000)
    yield* Effect.annotateLogs(Effect.logInfo("request"), {
      method,
      route,
      status,
      duration_ms: millis,
      request_id: requestId
    })
  }
)

const limitHeaders = (remaining: number, reset: Duration.Duration) => ({
  "ratelimit-limit": String(limit),
  "ratelimit-remaining": String(remaining),
  "ratelimit-reset": String(Math.ceil(Duration.toSeconds(reset)))
})

const refused = (retryAfter: Duration.Duration) =>
  HttpServerResponse.empty({
    status: 429,
    headers: { ...limitHeaders(0, retryAfter), "retry-after": String(Math.ceil(Duration.toSeconds(retryAfter))) }
  })

type App<E, R> = Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>

/** Failures become answers further out. */
const statusOf = <E>(exit: Exit.Exit<HttpServerResponse.HttpServerResponse, E>) =>
  exit._tag === "Success"
    ? Effect.succeed(exit.value.status)
    : Effect.map(causeResponse(exit.cause), ([{ status }]) => status)

const features = HttpRouter.middleware(
  Effect.gen(function*() {
    const limiter = yield* RateLimiter.RateLimiter

    const limited = <E, R>(app: App<E, R>, key: string) =>
      limiter.consume({ key, limit, window: "1 second", algorithm: "fixed-window" }).pipe(
        Effect.matchEffect({
          onFailure: ({ reason }) =>
            Effect.succeed(refused(reason._tag === "RateLimitExceeded" ? reason.retryAfter : Duration.seconds(1))),
          onSuccess: ({ remaining, resetAfter }) =>
            Effect.map(app, HttpServerResponse.setHeaders(limitHeaders(remaining, resetAfter)))
        })
      )

    const handle = Effect.fnUntraced(function*<E, R>(app: App<E, R>) {
      const request = yield* HttpServerRequest
      const startedAt = yield* Clock.currentTimeNanos
      const requestId = requestIdOf(request.headers["x-request-id"], randomUUID)
      const key = Option.getOrElse(request.remoteAddress, () => "")
      const exit = yield* Effect.exit(limited(app, key))
      yield* answered(request, requestId, startedAt, yield* statusOf(exit))
      return HttpServerResponse.setHeaders(yield* exit, { ...securityHeaders, "x-request-id": requestId })
    })
    return handle
  }),
  { global: true }
)

const cors = HttpRouter.cors({
  allowedOrigins: [origin],
  allowedMethods: corsMethods,
  allowedHeaders: corsHeaders,
  maxAge: corsMaxAge
})

const app = Layer.mergeAll(routes, PrometheusMetrics.layerHttp(), features, cors)

HttpRouter.serve(app, { disableLogger: true, disableListenLog: true }).pipe(
  Layer.provide([
    NodeHttpServer.layer(createServer, { port: Number(port), host: "127.0.0.1" }),
    RateLimiter.layer.pipe(Layer.provide(RateLimiter.layerStoreMemory)),
    Logger.layer([Logger.toFile(Logger.formatJson, logFile(folder))]).pipe(Layer.provide(NodeFileSystem.layer))
  ]),
  Layer.launch,
  NodeRuntime.runMain
)
