/**
 * Begins the fiber of a request to a compiled endpoint, on the services of its handler, and gives its answer. Where the handler is
 * done at once, so is the answer; what has to be waited for - finalizers, handlers of the answer, bodies that stream - is waited for
 * in the fiber. With a tracer installed Effect's own root of a request is around it, because it makes the span.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpEffect from "effect/http/HttpEffect"
import { ClientAbort } from "effect/http/HttpServerError"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type { Problems } from "../../middleware/problems.ts"
import { type Answers, changing } from "../answers.ts"
import type { Exchange } from "../exchange.ts"
import type { InFlight } from "../InFlight.ts"
import { isTraced, noteTrace, personal } from "../personal.ts"
import { told } from "../told.ts"
import { CompiledRequest } from "./CompiledRequest.ts"
import { Encoded, responseOf } from "./encoder.ts"
import type { Endpoint, Outcome } from "./endpoints.ts"
import { CurrentRequestState } from "./requestState.ts"

/** A compiled endpoint in its place. */
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

export interface Options {
  readonly problems: Problems
  readonly inFlight: InFlight
  readonly scope: Scope.Scope
  /** Of the boot. */
  readonly context: Context.Context<never>
}

/** More services than Effect expects are added for a request; a copy of all of them each time would cost more than the rest. */
const roomy = (context: Context.Context<never>): Context.Context<unknown> =>
  Context.makeUnsafe(new Map(context.mapUnsafe), { maxDepth: 24 })

/** Whoever asks the request for its client gets what trusted proxies have told. */
const requestOf = (exchange: Exchange): CompiledRequest => {
  const request = new CompiledRequest(exchange)
  return exchange.forwarded === undefined ? request : new CompiledRequest(exchange, told(exchange.forwarded, request))
}

type Answer = Effect.Effect<HttpServerResponse, never, unknown>

type Finish = (request: CompiledRequest, outcome: Outcome) => Effect.Effect<unknown, never, unknown>

const withRequest = <A>(
  run: (request: CompiledRequest, fiber: Fiber.Fiber<unknown, unknown>) => Effect.Effect<A, never, unknown>
) =>
  Effect.withFiber<A, never, unknown>((fiber) => {
    const request = Context.getOrUndefined(fiber.context, HttpServerRequest.HttpServerRequest)
    return request instanceof CompiledRequest
      ? run(request, fiber)
      : Effect.die(new Error("a compiled endpoint was begun without its request"))
  })

/** The end of a handler as an answer; finalizers of the request are told of a failure. */
const endsOf = ({ onFailure, onSuccess }: Problems) => ({
  onSuccess: (outcome: Outcome): Effect.Effect<Outcome> =>
    outcome instanceof Encoded ? Effect.succeed(outcome) : onSuccess(outcome),
  onFailure: (cause: Cause.Cause<unknown>): Answer =>
    withRequest((request) => {
      request.exit = Exit.failCause(cause)
      return onFailure(cause)
    })
})

/** Bodies that stream take Effect's writer, which has a request of its own; the fiber waits for its end. */
const byEffect = (exchange: Exchange, response: HttpServerResponse, scope: Scope.Scope) =>
  Effect.callback<void>((resume) => {
    const { request, response: node } = exchange
    node.once("close", () => resume(Effect.void))
    Effect.runSync(NodeHttpServer.makeHandler(Effect.succeed(response), { scope }))(request, node)
  })

/** Writes in this turn of the event loop where it can. */
const sender = ({ scope }: Options, answers: Answers) => {
  const deliver = changing(answers, (exchange, response, fiber) =>
    answers.writeTogether(exchange, response, fiber)
      ? Effect.void
      : byEffect(exchange, answers.dressed(exchange, response, fiber), scope))
  return (request: HttpServerRequest.HttpServerRequest, response: HttpServerResponse) =>
    request instanceof CompiledRequest ? deliver(request.exchange, response, Fiber.getCurrent()) : Effect.void
}

const finisher = ({ problems }: Options, { writeText }: Answers, send: ReturnType<typeof sender>): Finish => {
  const changed = (request: CompiledRequest, response: HttpServerResponse): Answer =>
    request.preResponseHandler === undefined
      ? Effect.succeed(response)
      : Effect.matchCauseEffectEager(request.preResponseHandler(request, response), problems)
  const waiting = (request: CompiledRequest, response: HttpServerResponse) =>
    Effect.flatMap(changed(request, response), (final) => send(request, final)).pipe(
      Effect.ensuring(Effect.suspend(() => Scope.close(request.scope, request.exit)))
    )
  return (request, outcome) => {
    if (request.preResponseHandler !== undefined || request.scope.state._tag !== "Empty") {
      return waiting(request, responseOf(outcome))
    }
    if (outcome instanceof Encoded && writeText(request.exchange, outcome, Fiber.getCurrent())) return Effect.void
    return send(request, responseOf(outcome))
  }
}

export const beginner = (options: Options, answers: Answers) => {
  const { context, inFlight, problems, scope } = options
  const traced = isTraced(context)
  const send = sender(options, answers)
  const finish = finisher(options, answers, send)
  const ends = endsOf(problems)
  const base = roomy(context)

  /** Effect's root makes the span, the scope and the state of the request itself. */
  const inSpan = (answer: Endpoint["answer"]) =>
    HttpEffect.toHandled(
      withRequest((request, fiber) => {
        noteTrace(request.exchange, fiber.context)
        return Effect.map(Effect.matchCauseEffectEager(answer(request, fiber.context), ends), responseOf)
      }),
      send
    )

  const direct = (answer: Endpoint["answer"]) =>
    withRequest((request, fiber) =>
      Effect.flatMapEager(
        Effect.matchCauseEffectEager(answer(request, fiber.context), ends),
        (outcome) => finish(request, outcome)
      )
    )

  return (endpoint: Endpoint): Ready => {
    const services = roomy(Context.merge(base, Context.omit(Tracer.ParentSpan)(endpoint.context)))
    const own = personal(services)
    const effect = traced ? inSpan(endpoint.answer) : direct(endpoint.answer)
    const contextOf = (exchange: Exchange, context: Context.Context<unknown>): Context.Context<unknown> => {
      const request = requestOf(exchange)
      const known = own(exchange, Context.add(context, HttpServerRequest.HttpServerRequest, request))
      return traced ? known : Context.add(Context.add(known, Scope.Scope, request.scope), CurrentRequestState, request)
    }
    return {
      endpoint,
      context: services,
      begin: (exchange, context) => {
        const fiber = Effect.runForkWith(contextOf(exchange, context))(effect, { uninterruptible: true })
        if (fiber.pollUnsafe() !== undefined) return
        Fiber.runIn(fiber, scope)
        exchange.fiber = fiber
        inFlight.enter(exchange)
        exchange.response.on("close", () => {
          if (!exchange.response.writableEnded) fiber.interruptUnsafe(undefined, ClientAbort.annotation)
        })
      }
    }
  }
}
