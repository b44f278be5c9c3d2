/** One request to an upstream on its way through the policies, and the shape of a policy. */
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as HttpClientError from "effect/http/HttpClientError"
import type { HttpClientRequest } from "effect/http/HttpClientRequest"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as Option from "effect/Option"
import { UpstreamFailed } from "../../errors.ts"
import { UpstreamCall } from "../../UpstreamCall.ts"
import type { Endpoint } from "./endpoints.ts"

export interface Call {
  readonly request: HttpClientRequest
  /** Until when all of it must be done, of `nowOf`. */
  readonly deadline: number
  /** Whether it may be sent twice. */
  readonly idempotent: boolean
  readonly streamed: boolean
  readonly tried: Set<Endpoint>
  /** The present try ends because its time is over, not because nobody wants the answer any more. */
  timedOut: boolean
  /** Ends the present try on the wire. */
  abort: () => void
  /** The answer goes on after the policies have let it through; then these are done when it ends. */
  streaming: boolean
  readonly atEnd: Array<() => void>
}

export type Failed = UpstreamFailed | HttpClientError.HttpClientError

export type Send = (call: Call) => Effect.Effect<HttpClientResponse, Failed>

/** What a policy keeps interruptible, while it keeps its books in any case. */
export type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Monotonic milliseconds. */
export const nowOf = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6

/** RFC 9110 section 9.2.2, and QUERY. */
const idempotentMethods = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY"])

/** A body that is a stream may be gone after the first time. */
const idempotent = ({ body, headers, method }: HttpClientRequest, asked: boolean | undefined): boolean =>
  body._tag !== "Stream" && (asked ?? (idempotentMethods.has(method) || headers["idempotency-key"] !== undefined))

/** Of the client whose request this fiber answers. */
const callerOf = (context: Context.Context<never>): string | undefined => {
  const request = Context.getOrUndefined(context, HttpServerRequest)
  return request === undefined ? undefined : Option.getOrUndefined(request.remoteAddress)
}

/** What `ip_hash` looks at. */
export const hashKeyOf = (context: Context.Context<never>): string | undefined =>
  Context.get(context, UpstreamCall).hashKey ?? callerOf(context)

export const callOf = (request: HttpClientRequest, context: Context.Context<never>, deadline: number): Call => {
  const { idempotent: asked, streamed = false } = Context.get(context, UpstreamCall)
  return {
    request,
    deadline,
    idempotent: idempotent(request, asked),
    streamed,
    tried: new Set(),
    timedOut: false,
    abort: () => {},
    streaming: false,
    atEnd: []
  }
}

/** Does `done` when the answer has ended: at once, unless it is still being read. */
export const atEnd = (call: Call, done: () => void): void => {
  if (call.streaming) call.atEnd.push(done)
  else done()
}

/** As every client of Effect fails, with the code of the registry for logs, counters and problems. */
class UpstreamClientError extends HttpClientError.HttpClientError {
  readonly errorCode: UpstreamFailed["errorCode"]

  constructor(request: HttpClientRequest, cause: UpstreamFailed) {
    super({ reason: new HttpClientError.TransportError({ request, cause, description: cause.message }) })
    this.errorCode = cause.errorCode
  }
}

/** What we know about it is the cause. */
export const toClientError = (request: HttpClientRequest, failed: Failed): HttpClientError.HttpClientError =>
  failed instanceof UpstreamFailed ? new UpstreamClientError(request, failed) : failed
