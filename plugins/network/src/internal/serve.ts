/**
 * Node's request becomes an exchange: the list may answer it at once; a compiled endpoint answers in one fiber on a context that is ready;
 * everything else goes through Effect's own handler, with the same list around it.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpEffect from "effect/http/HttpEffect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Response from "effect/http/HttpServerResponse"
import type * as Scope from "effect/Scope"
import * as http from "node:http"
import type { Duplex } from "node:stream"
import type { Algorithm } from "../config/compression.ts"
import { malformed } from "../middleware/decompression.ts"
import { bodyTooDeep, bodyTooLarge, closing, type Limits } from "../middleware/limits.ts"
import type { App, Middleware } from "../middleware/Middleware.ts"
import { aroundRouter, type Problems } from "../middleware/problems.ts"
import * as Problem from "../Problem.ts"
import { type Answers, answers as makeAnswers, changing } from "./answers.ts"
import { BodyGuard, guardBody } from "./BodyGuard.ts"
import { beginner, type Found, type Ready } from "./compiled/begin.ts"
import { readBody } from "./compiled/body.ts"
import { CompiledRequest } from "./compiled/CompiledRequest.ts"
import type { Endpoint } from "./compiled/endpoints.ts"
import { expand } from "./contentCoding.ts"
import type { EventStreams } from "./eventStreams.ts"
import { Exchange } from "./exchange.ts"
import type { InFlight } from "./InFlight.ts"
import { isJsonType, JsonDepth } from "./jsonDepth.ts"
import { noteTrace, personal } from "./personal.ts"
import { told } from "./told.ts"
import { lastAnswers, leaving, switchingBy } from "./upgrades.ts"
import { isWebSocket } from "./webSocketHandshake.ts"
import type { WebSockets } from "./webSockets.ts"

export interface Options {
  readonly list: ReadonlyArray<Middleware>
  /** Turns every failure into an answer. */
  readonly problems: Problems
  /** The router, for what no compiled endpoint answers. */
  readonly router: App<unknown>
  /** The compiled endpoint of a request, and what its path holds. */
  readonly find: (method: string, url: string) => Found | undefined
  readonly limits: Pick<Limits, "max_request_size" | "max_json_depth">
  readonly inFlight: InFlight
  readonly eventStreams: EventStreams
  readonly webSockets: WebSockets
  readonly scope: Scope.Scope
  /** Of the boot, with the limit for bodies. */
  readonly context: Context.Context<never>
}

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void
type UpgradeHandler = (request: http.IncomingMessage, socket: Duplex, head: Buffer) => void

/** The exchange of a request that Effect's handler has wrapped. */
const exchanges = new WeakMap<object, Exchange>()

const exchangeOf = (request: HttpServerRequest.HttpServerRequest): Exchange | undefined =>
  exchanges.get(NodeHttpServerRequest.toIncomingMessage(request))

/** Whoever asks the request for its client gets what trusted proxies have told. */
const toldIn = <R>(exchange: Exchange, context: Context.Context<R>): Context.Context<R> => {
  const request = Context.getOrUndefined(context, HttpServerRequest.HttpServerRequest)
  return request === undefined || exchange.forwarded === undefined
    ? context
    : Context.add(context, HttpServerRequest.HttpServerRequest, request.modify(told(exchange.forwarded, request)))
}

/** Who reads the body of a request that came compressed reads what it expanded to. */
const withExpanded = <R>(exchange: Exchange, context: Context.Context<R>): Context.Context<R> =>
  exchange.bodyCoding === undefined || exchange.body === undefined
    ? context
    : Context.add(context, HttpServerRequest.HttpServerRequest, new CompiledRequest(exchange))

/** The general path: Effect's handler, whose request finds its exchange, and whose answer is written here where it can. */
const general = <H>(
  options: Options,
  answers: Answers,
  make: (app: App, options: Pick<Options, "scope">) => Effect.Effect<H>
): H => {
  const { context, inFlight, scope } = options
  const own = personal(context)
  const deliver = changing(
    answers,
    (exchange, response, fiber) =>
      Effect.succeed(answers.write(exchange, response, fiber) ? response : answers.dressed(exchange, response, fiber))
  )
  const send: HttpEffect.PreResponseHandler = (request, response) => {
    const exchange = exchangeOf(request)
    return exchange === undefined ? Effect.succeed(response) : deliver(exchange, response, Fiber.getCurrent())
  }
  // After all others that the handler has asked for: it writes.
  const sendLast = (response: HttpServerResponse) =>
    Effect.withFiber<HttpServerResponse>((fiber) => {
      HttpEffect.appendPreResponseHandlerUnsafe(fiber.context, send)
      return Effect.succeed(response)
    })
  const app = Effect.flatMap(aroundRouter(options.problems)(options.router), sendLast)
  const entered: App = Effect.withFiber((fiber) => {
    const exchange = exchangeOf(Context.getUnsafe(fiber.context, HttpServerRequest.HttpServerRequest))
    if (exchange === undefined) return app
    exchange.fiber = fiber
    if (!exchange.leavesHttp) inFlight.enter(exchange)
    noteTrace(exchange, fiber.context)
    fiber.setContext(toldIn(exchange, withExpanded(exchange, own(exchange, fiber.context))))
    return exchange.refusal === undefined ? app : sendLast(exchange.refusal)
  })
  return Effect.runSyncWith(context)(make(entered, { scope }))
}

const admission = (list: ReadonlyArray<Middleware>) => {
  const admits = list.flatMap(({ admit }) => admit === undefined ? [] : [admit])
  return (exchange: Exchange): HttpServerResponse | undefined => {
    for (const admit of admits) {
      const refusal = admit(exchange)
      if (refusal !== undefined) return refusal
    }
    return undefined
  }
}

type Next = (exchange: Exchange) => void
type Refuse = (exchange: Exchange, refusal: HttpServerResponse | undefined) => void

/** The client went while somebody was asked. */
const nobody = Response.empty({ status: 499 })

/** `next` behind all who ask by and by; without any it is `next` itself. */
const asking = (list: ReadonlyArray<Middleware>, next: Next, refuse: Refuse): Next =>
  list.reduceRight<Next>((next, { ask }) =>
    ask === undefined ? next : (exchange) =>
      ask(exchange, (refusal) => {
        const answer = exchange.request.socket.destroyed ? nobody : refusal
        if (answer === undefined) next(exchange)
        else refuse(exchange, answer)
      }), next)

export const serve = (
  options: Options
): { readonly handle: Handler; readonly upgrade: UpgradeHandler; readonly ready: (endpoint: Endpoint) => Ready } => {
  const { eventStreams, find, limits, list, webSockets } = options
  const answers = makeAnswers(list, eventStreams)
  const byRouter = general<Handler>(options, answers, NodeHttpServer.makeHandler)
  const switching = switchingBy(answers)
  const byUpgrade = general<UpgradeHandler>(
    { ...options, router: leaving({ router: options.router, exchangeOf, switching }) },
    lastAnswers(answers),
    (app, scoped) => NodeHttpServer.makeUpgradeHandler(Effect.succeed(webSockets.acceptor), app, scoped)
  )
  const admit = admission(list)
  const waits = list.some(({ ask }) => ask !== undefined)

  const toRouter = (exchange: Exchange, refusal?: HttpServerResponse): void => {
    exchange.refusal = refusal
    exchanges.set(exchange.request, exchange)
    if (exchange.hasBody) guardBody(exchange.request, new BodyGuard(exchange, limits))
    byRouter(exchange.request, exchange.response)
  }

  const refuse = (exchange: Exchange, occurrence: Problem.Occurrence): void =>
    toRouter(exchange, Problem.toResponse(Problem.make(occurrence, exchange), closing))

  const bodyOf = (exchange: Exchange, whole: (body: Buffer) => void): void => {
    const tooLarge = (): void => refuse(exchange, bodyTooLarge(limits.max_request_size))
    readBody(exchange.request, limits.max_request_size, { whole, tooLarge })
  }

  /** Its guard saw it compressed. */
  const isTooDeep = ({ head }: Exchange, body: Buffer): boolean =>
    isJsonType(head.contentType) && new JsonDepth(limits.max_json_depth).goesTooDeep(body, (index) => body[index] ?? 0)

  const expandedBodyOf = (exchange: Exchange, coding: Algorithm, whole: (body: Buffer) => void): void =>
    bodyOf(exchange, (body) =>
      expand(body, coding, limits.max_request_size, {
        whole: (body) => isTooDeep(exchange, body) ? refuse(exchange, bodyTooDeep(limits.max_json_depth)) : whole(body),
        tooLarge: () => refuse(exchange, bodyTooLarge(limits.max_request_size)),
        malformed: () => refuse(exchange, malformed)
      }))

  const toHandler = (exchange: Exchange): void => {
    const found = exchange.request.httpVersionMajor === 1 ? find(exchange.method, exchange.url) : undefined
    if (found === undefined || (exchange.hasBody && !found.ready.endpoint.readsBody)) return toRouter(exchange)
    exchange.route = found.ready.endpoint.route.path
    exchange.maxJsonDepth = limits.max_json_depth
    if (!exchange.hasBody || exchange.body !== undefined) return found.ready.begin(exchange, found.context)
    bodyOf(exchange, (body) => {
      exchange.body = body
      found.ready.begin(exchange, found.context)
    })
  }

  const enter = asking(list, (exchange) => {
    if (exchange.bodyCoding === undefined || !exchange.hasBody) return toHandler(exchange)
    expandedBodyOf(exchange, exchange.bodyCoding, (body) => {
      exchange.body = body
      toHandler(exchange)
    })
  }, toRouter)

  const handle: Handler = (request, response) => {
    const exchange = new Exchange(request, response)
    const refusal = admit(exchange)
    if (refusal === undefined) enter(exchange)
    else toRouter(exchange, refusal)
  }

  const upgrade: UpgradeHandler = (request, socket, head) => {
    // Effect answers on the socket itself: this one stays empty.
    const exchange = new Exchange(request, new http.ServerResponse(request))
    exchange.leavesHttp = true
    const lead: Refuse = (exchange, refusal) => {
      exchange.refusal = refusal
      exchanges.set(request, exchange)
      byUpgrade(request, socket, head)
    }
    const enter: Next = (exchange) =>
      lead(exchange, isWebSocket(request) ? webSockets.ask(exchange, socket, switching) : undefined)
    const refusal = admit(exchange)
    if (refusal !== undefined) return lead(exchange, refusal)
    // Node listens to a connection no more that asks for another protocol.
    if (waits) socket.on("error", () => {})
    asking(list, enter, lead)(exchange)
  }

  return { handle, upgrade, ready: beginner(options, answers) }
}
