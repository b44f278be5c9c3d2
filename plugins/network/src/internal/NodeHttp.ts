/**
 * The listener on `node:http` and `node:https`. Effect's own `NodeHttpServer` turns requests into fibers; everything before
 * and after that is here, because it needs what Effect's server does not have: a lame duck that keeps idle clients
 * unharmed, limits per address, problems for what the parser refuses, and a bind that says who wants the port.
 */
import * as ByteSize from "effect/ByteSize"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type * as http from "node:http"
import type { NetworkConfig } from "../config.ts"
import * as Metrics from "../metrics.ts"
import type { App, Middleware } from "../middleware/Middleware.ts"
import type { Problems } from "../middleware/problems.ts"
import { nextTurn } from "./acceptQueue.ts"
import type { Tell } from "./bursts.ts"
import { connections } from "./connections.ts"
import { deadlines } from "./deadlines.ts"
import * as EventStreams from "./eventStreams.ts"
import { InFlight } from "./InFlight.ts"
import { answerOn } from "./nodeInternals.ts"
import { type Port, portOf } from "./port.ts"
import { expectHeaders } from "./proxyProtocol.ts"
import * as Raw from "./rawAnswers.ts"
import type { RequestCounts } from "./requestCounts.ts"
import type { Routes } from "./routes.ts"
import { serve as serving } from "./serve.ts"
import { headMillis, make as makeServer, type Server } from "./server.ts"
import { slowReaders } from "./slowReaders.ts"
import { answering, answersOf, drain, type Traffic, traffic as makeTraffic } from "./traffic.ts"
import * as WebSockets from "./webSockets.ts"

export interface Listener {
  readonly host: string
  readonly port: number
  readonly listening: () => boolean
  /** Stops accepting. Clients with a connection are served once more and told to close; idle ones are let go. */
  readonly stopAccepting: Effect.Effect<void>
  /** Returns when no connection is left. */
  readonly drained: Effect.Effect<void>
  /** Tells Node the later settings that only it knows: the number of connections, and deadlines. */
  readonly renew: (next: NetworkConfig) => Effect.Effect<void>
}

/** A client between two requests of a loop needs at most this long to send the next one. */
const idleGrace = Duration.millis(500)

const millis = (duration: Duration.Duration): number => Duration.toMillis(duration)

const refusedInTotal = Metric.withAttributes(Metrics.refused, { reason: "max_connections" })

/** Limits and figures of connections; registered before the server's own listeners see them. */
const guard = (server: Server, config: NetworkConfig, traffic: Traffic, { context, counts, tell }: Site) => {
  const { tcp, tls: { enabled } } = config
  const { admit, sampleAll, watch } = connections(traffic, tcp, context)
  server.maxConnections = tcp.max_connections
  server.on("drop", () => refusedInTotal.updateUnsafe(1, context))
  server.prependListener("connection", admit)
  server.on(enabled ? "secureConnection" : "connection", watch)
  server.on("clientError", Raw.rawAnswers(counts))
  server.on("connect", Raw.refuseTunnel(counts))
  expectHeaders({ server, config, traffic, context, tell })
  const sampling = Effect.repeat(Effect.sync(sampleAll), Schedule.spaced("1 second"))
  return Effect.all([sampling, slowReaders(server, traffic, tcp)], { concurrency: "unbounded" })
}

/** What answers the requests of a listener. */
export interface Site {
  /** Made anew when the settings have changed. */
  readonly list: () => ReadonlyArray<Middleware>
  readonly problems: Problems
  /** Calls back when all routes are there. */
  readonly router: (opened: () => void) => App<unknown>
  readonly routes: Routes
  readonly counts: RequestCounts
  readonly tell: Tell
  /** Of the boot. */
  readonly context: Context.Context<never>
}

/** What outlives a request. */
interface Lasting {
  readonly traffic: Traffic
  readonly eventStreams: EventStreams.EventStreams
  readonly webSockets: WebSockets.WebSockets
}

/** A span of the boot must not become the parent of every request. */
const requestContext = (context: Context.Context<never>, maxBody: number) =>
  Context.omit(Tracer.ParentSpan)(context).pipe(
    Context.add(HttpIncomingMessage.MaxBodySize, ByteSize.fromInputUnsafe(maxBody))
  )

/** `serveAnew`: with changed middleware, and a changed limit for bodies, which Effect reads from the context of a request. */
const serve = Effect.fnUntraced(function*(
  server: Server,
  site: Site,
  { http: limits, tcp }: NetworkConfig,
  lasting: Lasting
) {
  const inFlight = new InFlight()
  yield* Effect.forkScoped(deadlines(inFlight, limits, site.tell))
  const scope = yield* Scope.fork(yield* Effect.scope, "parallel")
  const context = yield* Effect.context<never>()
  let isOpen = false
  const make = () => {
    const { problems, routes: { find } } = site
    const options = { list: site.list(), problems, find, limits, inFlight, scope, ...lasting }
    const router = site.router(() => {
      isOpen = true
      site.routes.open(made.ready)
    })
    const made = serving({ ...options, router, context: requestContext(context, limits.max_request_size) })
    if (isOpen) site.routes.open(made.ready)
    return made
  }
  let { handle: answer, upgrade } = make()
  const { traffic } = lasting
  const receive = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    if (traffic.draining) response.shouldKeepAlive = false
    answer(request, response)
  }
  server.on("request", receive)
  server.on("upgrade", (request: http.IncomingMessage, socket, head: Buffer) => {
    // Behind a request that is still being answered there is no way to switch protocols in order.
    if (answerOn(request.socket) !== undefined) return void socket.destroy()
    request.socket.setTimeout(millis(tcp.write_timeout))
    upgrade(request, socket, head)
  })
  // RFC 9110 lets a server ignore what it does not know here; Node would answer 417 without a body.
  server.on("checkExpectation", receive)
  // A body that will be refused is not asked for.
  server.on("checkContinue", (request: http.IncomingMessage, response: http.ServerResponse) => {
    if (Number(request.headers["content-length"] ?? 0) <= limits.max_request_size) response.writeContinue()
    receive(request, response)
  })
  const serveAnew = Effect.sync(() => {
    ;({ handle: answer, upgrade } = make())
  })
  return { serveAnew }
})

/** The time for a handshake cannot be changed any more. */
const renewServer = (server: Server, { tcp }: NetworkConfig, first: NetworkConfig): void => {
  server.maxConnections = tcp.max_connections
  server.requestTimeout = millis(tcp.read_timeout)
  server.headersTimeout = headMillis({ ...tcp, connection_timeout: first.tcp.connection_timeout })
  server.keepAliveTimeout = millis(tcp.keepalive_timeout)
}

/** What is still being answered when the scope closes has used up its budget. */
const countCut = (traffic: Traffic) =>
  Effect.suspend(() => {
    const busy = answering(traffic)
    if (busy === 0) return Effect.void
    return Effect.andThen(Metric.update(Metrics.cut, busy), Effect.logWarning(`stop: ${busy} requests were cut off`))
  })

/** Whether somebody still takes the bytes of an answer that the server has ended: Node counts such a connection as idle. */
const isSending = (traffic: Traffic): boolean => answersOf(traffic).some(({ writableEnded }) => writableEnded)

const draining = (server: Server, { close, emptied, gone }: Port, { eventStreams, traffic, webSockets }: Lasting) => {
  // What has arrived is read first: a request whose bytes nobody has looked at yet is on a connection that looks idle.
  const closeIdle = Effect.andThen(
    nextTurn,
    Effect.sync(() => {
      traffic.sessions.close()
      for (const socket of traffic.nameless) socket.destroy()
      if (!isSending(traffic)) server.closeIdleConnections()
    })
  )
  const untilGone = (meanwhile: Effect.Effect<unknown>) =>
    Effect.andThen(meanwhile, Effect.sleep("20 millis")).pipe(Effect.repeat({ until: gone }), Effect.asVoid)
  return {
    stopAccepting: Effect.sync(() => drain(traffic)).pipe(
      Effect.andThen(emptied),
      Effect.ensuring(close),
      Effect.andThen(Effect.timeoutOption(untilGone(Effect.void), idleGrace)),
      Effect.andThen(closeIdle)
    ),
    // Messages that have arrived are read before their sender is told to go.
    drained: nextTurn.pipe(
      Effect.andThen(Effect.sync(() => webSockets.leave())),
      Effect.andThen(eventStreams.end),
      Effect.andThen(untilGone(closeIdle))
    )
  }
}

/** Binds, and serves `site` until the scope closes. Limits in `config` that change are read where they are used. */
export const make = Effect.fnUntraced(function*(config: NetworkConfig, site: Site) {
  const traffic = makeTraffic()
  const server = yield* makeServer(config, traffic, site.counts)
  yield* Effect.forkScoped(guard(server, config, traffic, site))
  const lasting: Lasting = {
    traffic,
    eventStreams: yield* EventStreams.make(config),
    webSockets: yield* WebSockets.make({ config, counts: site.counts })
  }
  const { serveAnew } = yield* serve(server, site, config, lasting)
  yield* Effect.addFinalizer(() => countCut(traffic))
  const port = yield* portOf(server, config.tcp)
  const listener: Listener = {
    host: port.host,
    port: port.port,
    listening: port.listening,
    ...draining(server, port, lasting),
    renew: (next) => Effect.andThen(Effect.sync(() => renewServer(server, next, config)), serveAnew)
  }
  return listener
})
