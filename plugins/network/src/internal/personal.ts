/** What the fiber of a request knows, beside the services of its handler: the request itself, its id in every log line, its trace. */
import * as Context from "effect/Context"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { CurrentRequest } from "../CurrentRequest.ts"
import type { Exchange } from "./exchange.ts"

/** Whether spans go anywhere. */
export const isTraced = (context: Context.Context<never>): boolean =>
  Context.get(context, Tracer.Tracer) !== Tracer.nativeTracer

export const personal = (services: Context.Context<never>) => {
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
export const noteTrace = (exchange: Exchange, context: Context.Context<never>): void => {
  const span = Context.getOrUndefined(context, Tracer.ParentSpan)
  if (span !== undefined && exchange.requestId !== "") exchange.traceId = span.traceId
}
