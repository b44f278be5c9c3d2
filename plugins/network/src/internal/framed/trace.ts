/** The trace context of a request in 25 bytes before its payload: trace id, span id, flags, as W3C Trace Context has them. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"
import { newId } from "../ids.ts"

export const traceBytes = 25

const traceId = /^[0-9a-f]{32}$/
const spanId = /^[0-9a-f]{16}$/

/** Undefined for the spans of a tracer whose ids are of another form. */
export const encodeTrace = (span: Tracer.AnySpan): Uint8Array | undefined => {
  if (!traceId.test(span.traceId) || !spanId.test(span.spanId)) return undefined
  const bytes = Buffer.alloc(traceBytes)
  bytes.write(span.traceId, 0, "hex")
  bytes.write(span.spanId, 16, "hex")
  bytes[24] = span.sampled ? 1 : 0
  return bytes
}

/** Zeros are no id; such a context counts as none. */
export const decodeTrace = (payload: Uint8Array): Tracer.ExternalSpan | undefined => {
  const hex = Buffer.from(payload.buffer, payload.byteOffset, traceBytes).toString("hex")
  const [trace, span] = [hex.slice(0, 32), hex.slice(32, 48)]
  return /^0+$/.test(trace) || /^0+$/.test(span)
    ? undefined
    : Tracer.externalSpan({ traceId: trace, spanId: span, sampled: ((payload[24] ?? 0) & 1) === 1 })
}

/** A trace that nobody exports; it exists so that the log lines of one request agree on an id. */
const newTrace = (): Tracer.ExternalSpan => {
  const traceId = newId()
  return Tracer.externalSpan({ traceId, spanId: traceId.slice(16), sampled: false })
}

/** With a tracer installed a server span of that name; without one the client's context, for logs and calls below. */
export const traced = <A, E, R>(self: Effect.Effect<A, E, R>, name: string, parent: Tracer.ExternalSpan | undefined) =>
  Effect.contextWith((context: Context.Context<never>) =>
    Context.get(context, Tracer.Tracer) === Tracer.nativeTracer
      ? Effect.provideService(self, Tracer.ParentSpan, parent ?? newTrace())
      : Effect.withSpan(self, name, {
        kind: "server",
        captureStackTrace: false,
        ...(parent ? { parent } : { root: true })
      })
  )
