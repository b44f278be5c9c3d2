/**
 * Endpoints made ready before the first request: what the general path decides anew each time - services, schemas, status and media
 * type of the answer - is decided here. A request that does not fit exactly takes Effect's own way through the same
 * endpoint, so that both ways answer alike.
 */
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Response from "effect/http/HttpServerResponse"
import { BodyTooDeep } from "../../middleware/limits.ts"
import { isJsonType, isTooDeep } from "../jsonDepth.ts"
import {
  type Answering,
  decoding,
  encoding,
  type Handler,
  type Input,
  type Served,
  withMiddleware
} from "./apiShape.ts"
import { capturedContext } from "./capturedContext.ts"
import { CompiledRequest, mostBytes } from "./CompiledRequest.ts"
import { type Encoded, type Encoder, encoderOf, responseOf } from "./encoder.ts"
import { inexact } from "./exactness.ts"
import { type Slots, slotsOf } from "./slots.ts"

/** What an endpoint came to. */
export type Outcome = HttpServerResponse | Encoded

type Answer = Effect.Effect<Outcome, unknown, unknown>

export interface Endpoint {
  readonly route: HttpRouter.Route<unknown, unknown>
  /** The body is read before `answer` is asked. */
  readonly readsBody: boolean
  /** The services of its handler. */
  readonly context: Context.Context<never>
  /** For the fiber of the request, and with its context. */
  readonly answer: (request: CompiledRequest, context: Context.Context<never>) => Answer
}

/** Not to be parsed by anybody. */
const tooDeep: unique symbol = Symbol("too deep")

/** Whether an empty body means null is left to Effect. */
const parsed = (body: Buffer | undefined, maxDepth: number): unknown => {
  if (body === undefined || body.length === 0) return inexact
  const text = body.toString()
  if (isTooDeep(text, maxDepth)) return tooDeep
  try {
    return JSON.parse(text)
  } catch {
    return inexact
  }
}

/** For Effect, which may read it as JSON. */
const unparsed = (body: Buffer | undefined, contentType: string | undefined, maxDepth: number): unknown =>
  body !== undefined && isJsonType(contentType) && isTooDeep(body.toString(), maxDepth) ? tooDeep : inexact

/** Only what a client means by JSON when it names no type, or this one; Effect knows the rest. */
const isJson = (contentType: string | undefined): boolean =>
  contentType === undefined || contentType === "application/json"

type Source = (request: CompiledRequest, context: Context.Context<never>) => unknown

const sources: Readonly<Record<keyof Omit<Slots, "success">, Source>> = {
  params: (_request, context) => Context.getOrUndefined(context, HttpRouter.RouteContext)?.params,
  headers: ({ headers }) => headers,
  query: (_request, context) => Context.getOrUndefined(context, HttpServerRequest.ParsedSearchParams),
  payload: ({ exchange: { body, head, maxJsonDepth } }, context) =>
    body !== undefined && body.length > mostBytes(context)
      ? inexact
      : isJson(head.contentType)
      ? parsed(body, maxJsonDepth)
      : unparsed(body, head.contentType, maxJsonDepth)
}

const names = ["params", "headers", "query", "payload"] as const

/** The decoded input, or undefined when a part of it is not exact. */
const inputOf = ({ endpoint, group }: Served, slots: Slots) => {
  const parts = names.flatMap((name) => {
    const exact = slots[name]
    return exact === undefined ? [] : [{ name, exact, source: sources[name] }]
  })
  return (request: CompiledRequest, context: Context.Context<never>): Input | typeof tooDeep | undefined => {
    const input: Input = { request, endpoint, group }
    for (const { exact, name, source } of parts) {
      const raw = source(request, context)
      if (raw === tooDeep) return tooDeep
      const value = raw === inexact ? inexact : exact(raw)
      if (value === inexact) return undefined
      input[name] = value
    }
    return input
  }
}

const replay: Handler = ({ request }) => request instanceof CompiledRequest ? request.outcome : Effect.never

/** Lets Effect encode what the handler came to. */
const replayed = (encode: Answering, outcome: Effect.Effect<unknown, unknown, unknown>): Answering =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    if (request instanceof CompiledRequest) request.outcome = outcome
    return encode
  })

/** A value of the handler becomes an answer: at once where it can, else by Effect. */
const answered = (encode: Answering, encoder: Encoder | undefined) => {
  const learning = (value: unknown) =>
    Effect.map(replayed(encode, Effect.succeed(value)), (response) => {
      encoder?.learn(value, response)
      return response
    })
  return (value: unknown): Effect.Effect<Outcome, never, unknown> => {
    if (Response.isHttpServerResponse(value)) return Effect.succeed(value)
    const encoded = encoder?.encode(value)
    return encoded === undefined ? learning(value) : Effect.succeed(encoded)
  }
}

/** Only what takes its time can be interrupted; the fiber of a request is not, outside of its handler. */
const interruptible = (effect: ReturnType<Handler>) => Exit.isExit(effect) ? effect : Effect.interruptible(effect)

const decodedAlone = Response.empty()

/** Keeps what Effect has decoded. */
const keep: Handler = (input) => {
  if (input.request instanceof CompiledRequest) input.request.decoded = input
  return Effect.succeed(decodedAlone)
}

/** What the handler comes to: on exact copies where the input has them, else on what Effect makes of it, or refuses. */
const handledBy = (served: Served, slots: Slots) => {
  const read = inputOf(served, slots)
  const decode = decoding(served, keep)
  // A failure would be taken for one that the endpoint declares.
  const refused = Effect.die(new BodyTooDeep())
  /** Another answer than that of `keep` is a refusal. */
  const after = (request: CompiledRequest, response: HttpServerResponse): ReturnType<Handler> => {
    const { decoded } = request
    return response !== decodedAlone || decoded === undefined ? Effect.succeed(response) : served.handler(decoded)
  }
  const byEffect = (request: CompiledRequest) => Effect.flatMap(decode, (response) => after(request, response))
  return (request: CompiledRequest, context: Context.Context<never>): ReturnType<Handler> => {
    const input = read(request, context)
    if (input === tooDeep) return refused
    return input === undefined ? byEffect(request) : served.handler(input)
  }
}

type Handled = ReturnType<typeof handledBy>

/** Nothing stands around the handler. */
const open = (handled: Handled, encode: Answering, answer: ReturnType<typeof answered>): Endpoint["answer"] => {
  const ends = {
    onSuccess: answer,
    onFailure: (cause: Cause.Cause<unknown>) => replayed(encode, Effect.failCause(cause))
  }
  return (request, context) => Effect.matchCauseEffectEager(interruptible(handled(request, context)), ends)
}

/** Nothing of the body is parsed, and no handler called, before the innermost middleware has let the request pass. */
const guarded = (
  served: Served,
  context: Context.Context<never>,
  handled: Handled,
  answer: ReturnType<typeof answered>
): Endpoint["answer"] => {
  const inside: Handler = ({ request }) =>
    Effect.withFiber((fiber) =>
      request instanceof CompiledRequest
        ? Effect.map(Effect.flatMap(handled(request, fiber.context), answer), responseOf)
        : Effect.never
    )
  const around = Effect.interruptible(withMiddleware(served, inside, context))
  return () => around
}

const answerOf = (served: Served, slots: Slots, context: Context.Context<never>): Endpoint["answer"] => {
  const encode = encoding(served, replay)
  const answer = answered(encode, slots.success === undefined ? undefined : encoderOf(slots.success))
  const handled = handledBy(served, slots)
  return served.endpoint.middlewares.size === 0
    ? open(handled, encode, answer)
    : guarded(served, context, handled, answer)
}

/** Undefined when the endpoint, or what is known of it, does not allow more than the general path. */
export const compile = (served: Served): Endpoint | undefined => {
  const slots = slotsOf(served)
  const context = slots === undefined ? undefined : capturedContext(served.route)
  if (slots === undefined || context === undefined) return undefined
  return {
    route: served.route,
    readsBody: slots.payload !== undefined,
    context,
    answer: answerOf(served, slots, context)
  }
}
