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
import { ClientAbort } from "effect/http/HttpServerError"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type * as http from "node:http"
import { CurrentRequest } from "../CurrentRequest.ts"
import { bodyTooLarge, closing } from "../middleware/limits.ts"
import type { App, Middleware } from "../middleware/Middleware.ts"
import type { Problems } from "../middleware/problems.ts"
import * as Problem from "../Problem.ts"
import { type Answers, answers as makeAnswers } from "./answers.ts"
import { readBody } from "./compiled/body.ts"
import { CompiledRequest } from "./compiled/CompiledRequest.ts"
import type { Endpoint } from "./compiled/endpoints.ts"
import { Exchange } from "./exchange.ts"

export interface Options {
  readonly list: ReadonlyArray<Middleware>
  /** Turns every failure into an answer. */
  readonly problems: Problems
  /** The router, for what no compiled endpoint answers. */
  readonly router: App<unknown>
  /** The compiled endpoint of a request, and what its path holds. */
  readonly find: (method: string, url: string) => Found | undefined
  readonly limits: { readonly max_request_size: number }
  readonly scope: Scope.Scope
  /** Of the boot, with the limit for bodies. */
  readonly context: Context.Context<never>
}

/** A compiled endpoint in its place: what begins the fiber of a request. */
export interface Ready {
  readonly endpoint: Endpoint
  /** Of every request of the endpoint. */
  readonly context: Context.Context<unknown>
  /** `context` with what the path holds. */
  readonly begin: (exchange: Exchange, context: Context.Context<unknown>) => void
}

/** What a method and a URL lead to. */
export interface Found {
  readonly ready: Ready
  readonly context: Context.Context<unknown>
}

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void

/** More services than Effect expects are added to the context of a request; a copy of all of them for each would cost more than the rest. */
const roomy = (context: Context.Context<never>): Context.Context<unknown> =>
  Context.makeUnsafe(new Map(context.mapUnsafe), { maxDepth: 24 })

/** What a fiber of this request knows, beside the services of its handler. */
const personal = (services: Context.Context<never>) => {
  const annotations = Context.get(services, References.CurrentLogAnnotations)
  const traced = isTraced(services)
  return <R>(exchange: Exchange, context: Context.Context<R>): Context.Context<R> => {
    const known = Context.add(context, CurrentRequest, exchange)
    if (exchange.requestId === "") return known
    const told = { ...annotations, request_id: exchange.requestId }
    const annotated = Context.add(known, References.CurrentLogAnnotations, told)
    if (traced) return annotated
    const { parentSpanId: spanId, sampled, traceId } = exchange
    return Context.add(annotated, Tracer.ParentSpan, Tracer.externalSpan({ traceId, spanId, sampled }))
  }
}

/** With a tracer installed the server has a span of its own, and the request is known by its trace. */
const noteTrace = (exchange: Exchange, context: Context.Context<never>): void => {
  const span = Context.getOrUndefined(context, Tracer.ParentSpan)
  if (span !== undefined && exchange.requestId !== "") exchange.traceId = span.traceId
}

/** Answers of streams and the like take Effect's writer, which has a request of its own; the fiber waits for its end. */
const byEffect = (exchange: Exchange, response: HttpServerResponse, scope: Scope.Scope) =>
  Effect.callback<void>((resume) => {
    const { request, response: node } = exchange
    node.once("close", () => resume(Effect.void))
    Effect.runSync(NodeHttpServer.makeHandler(Effect.succeed(response), { scope }))(request, node)
  })

const isTraced = (context: Context.Context<never>): boolean =>
  Context.get(context, Tracer.Tracer) !== Tracer.nativeTracer

/** The exchange of a request that Effect's handler has wrapped. */
const exchanges = new WeakMap<object, Exchange>()

const exchangeOf = (request: HttpServerRequest.HttpServerRequest): Exchange | undefined =>
  exchanges.get(NodeHttpServerRequest.toIncomingMessage(request))

/** The general path: Effect's handler, whose request finds its exchange, and whose answer is written here where it can. */
const general = (options: Options, { dressed, write }: Answers): Handler => {
  const { context, scope } = options
  const own = personal(context)
  const send: HttpEffect.PreResponseHandler = (request, response) => {
    const exchange = exchangeOf(request)
    const fiber = Fiber.getCurrent()
    if (exchange === undefined || write(exchange, response, fiber)) return Effect.succeed(response)
    return Effect.succeed(dressed(exchange, response, fiber))
  }
  // After all others that the handler has asked for: it writes.
  const sendLast = (response: HttpServerResponse) =>
    Effect.withFiber<HttpServerResponse>((fiber) => {
      HttpEffect.appendPreResponseHandlerUnsafe(fiber.context, send)
      return Effect.succeed(response)
    })
  const app = Effect.flatMap(options.problems(options.router), sendLast)
  const entered: App = Effect.withFiber((fiber) => {
    const exchange = exchangeOf(Context.getUnsafe(fiber.context, HttpServerRequest.HttpServerRequest))
    if (exchange === undefined) return app
    noteTrace(exchange, fiber.context)
    fiber.setContext(own(exchange, fiber.context))
    return exchange.refusal === undefined ? app : sendLast(exchange.refusal)
  })
  const handler = Effect.runSyncWith(context)(NodeHttpServer.makeHandler(entered, { scope }))
  return (request, response) => handler(request, response)
}

/** Compiled endpoints: the fiber that answers is begun here, on the services of its handler. */
const compiled = ({ context, problems, scope }: Options, { dressed, write }: Answers) => {
  const base = roomy(context)

  const send = (request: HttpServerRequest.HttpServerRequest, response: HttpServerResponse) => {
    const fiber = Fiber.getCurrent()
    if (!(request instanceof CompiledRequest) || write(request.exchange, response, fiber)) return Effect.void
    return byEffect(request.exchange, dressed(request.exchange, response, fiber), scope)
  }

  const noted = (app: Effect.Effect<HttpServerResponse, never, unknown>) =>
    isTraced(context)
      ? Effect.withFiber<HttpServerResponse, never, unknown>((fiber) => {
        const request = Context.getOrUndefined(fiber.context, HttpServerRequest.HttpServerRequest)
        if (request instanceof CompiledRequest) noteTrace(request.exchange, fiber.context)
        return app
      })
      : app

  return (endpoint: Endpoint): Ready => {
    const services = roomy(Context.merge(base, Context.omit(Tracer.ParentSpan)(endpoint.context)))
    const own = personal(services)
    const effect = HttpEffect.toHandled(noted(problems(Effect.interruptible(endpoint.effect))), send)
    return {
      endpoint,
      context: services,
      begin: (exchange, context) => {
        const request = new CompiledRequest(exchange)
        const all = own(exchange, Context.add(context, HttpServerRequest.HttpServerRequest, request))
        const fiber = Effect.runForkWith(all)(effect)
        if (fiber.pollUnsafe() !== undefined) return
        Fiber.runIn(fiber, scope)
        exchange.response.on("close", () => {
          if (!exchange.response.writableEnded) fiber.interruptUnsafe(undefined, ClientAbort.annotation)
        })
      }
    }
  }
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

export const serve = (
  options: Options
): { readonly handle: Handler; readonly ready: (endpoint: Endpoint) => Ready } => {
  const { find, limits, list } = options
  const answers = makeAnswers(list)
  const byRouter = general(options, answers)
  const admit = admission(list)

  const toRouter = (exchange: Exchange, refusal?: HttpServerResponse): void => {
    exchange.refusal = refusal
    exchanges.set(exchange.request, exchange)
    byRouter(exchange.request, exchange.response)
  }

  const withBody = (exchange: Exchange, { context, ready }: Found): void =>
    readBody(exchange.request, limits.max_request_size, {
      whole: (body) => {
        exchange.body = body
        ready.begin(exchange, context)
      },
      tooLarge: () =>
        toRouter(exchange, Problem.toResponse(Problem.make(bodyTooLarge(limits.max_request_size), exchange), closing))
    })

  const handle: Handler = (request, response) => {
    const exchange = new Exchange(request, response)
    const refusal = admit(exchange)
    if (refusal !== undefined) return toRouter(exchange, refusal)
    const found = request.httpVersionMajor === 1 ? find(exchange.method, exchange.url) : undefined
    if (found === undefined || (exchange.hasBody && !found.ready.endpoint.readsBody)) return toRouter(exchange)
    exchange.route = found.ready.endpoint.route.path
    if (exchange.hasBody) withBody(exchange, found)
    else found.ready.begin(exchange, found.context)
  }

  return { handle, ready: compiled(options, answers) }
}
