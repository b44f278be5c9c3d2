/** Gives a request its id and its trace, for logs, spans and problems of everything below. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpTraceContext from "effect/http/HttpTraceContext"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { CurrentRequest, type RequestInfo } from "../CurrentRequest.ts"
import type { App } from "./App.ts"

/** What a client may choose: enough for UUIDs, ULIDs and trace ids, nothing that forges log lines. */
const sane = /^[\w.:+/=-]{8,128}$/

const bytes = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, "0"))

const hex8 = (value: number): string =>
  `${bytes[value >>> 24]}${bytes[(value >>> 16) & 255]}${bytes[(value >>> 8) & 255]}${bytes[value & 255]}`

/** Ids name requests and protect nothing, so a fast generator is enough: 32 hexadecimal digits. */
const newId = (context: Context.Context<never>): string => {
  const random = Context.get(context, Random.Random)
  const next = () => hex8(random.nextDoubleUnsafe() * 0x1_0000_0000)
  return next() + next() + next() + next()
}

/** A trace that nobody exports; it exists so that logs, spans and the problem of one request agree on an id. */
const newTrace = (context: Context.Context<never>): Tracer.ExternalSpan => {
  const traceId = newId(context)
  return Tracer.externalSpan({ traceId, spanId: traceId.slice(16), sampled: false })
}

/** A tracer's own server span when one is installed; else the client's, or a new trace. */
const spanOf = (context: Context.Context<never>, request: HttpServerRequest): Tracer.AnySpan =>
  Context.getOrUndefined(context, Tracer.ParentSpan) ??
    Option.getOrElse(HttpTraceContext.w3c(request.headers), () => newTrace(context))

const pathOf = (url: string): string => {
  const end = url.indexOf("?")
  return end < 0 ? url : url.slice(0, end)
}

const infoOf = (context: Context.Context<never>, request: HttpServerRequest, span: Tracer.AnySpan): RequestInfo => {
  const asked = request.headers["x-request-id"]
  return {
    requestId: asked !== undefined && sane.test(asked) ? asked : newId(context),
    traceId: span.traceId,
    method: request.method,
    path: pathOf(request.url),
    startedAt: Context.get(context, Clock.Clock).monotonicTimeNanosUnsafe(),
    route: undefined,
    userId: undefined
  }
}

export const identity = (app: App): App =>
  Effect.contextWith((context: Context.Context<HttpServerRequest>) => {
    const request = Context.get(context, HttpServerRequest)
    const span = spanOf(context, request)
    const info = infoOf(context, request, span)
    return Effect.provideContext(
      app,
      Context.make(CurrentRequest, info).pipe(
        Context.add(Tracer.ParentSpan, span),
        Context.add(References.CurrentLogAnnotations, {
          ...Context.get(context, References.CurrentLogAnnotations),
          request_id: info.requestId
        })
      )
    )
  })
