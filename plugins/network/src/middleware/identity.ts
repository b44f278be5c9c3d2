/** Gives a request its id and its trace, for logs, spans and problems of everything below. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type { Exchange } from "../internal/exchange.ts"
import { newId } from "../internal/ids.ts"
import type { Middleware } from "./Middleware.ts"

/** What a client may choose: enough for UUIDs, ULIDs and trace ids, nothing that forges log lines. */
const sane = /^[\w.:+/=-]{8,128}$/

/** https://www.w3.org/TR/trace-context/#traceparent-header, version 00; ids of zeros only are no ids. */
const traceparent = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/

const traceOf = ({ head }: Exchange): RegExpExecArray | null =>
  head.traceparent === undefined ? null : traceparent.exec(head.traceparent)

/** The moment from which a request is timed. */
export const arrival = (context: Context.Context<never>): Middleware => {
  const clock = Context.get(context, Clock.Clock)
  return {
    name: "arrival",
    admit: (exchange) => {
      exchange.startedAt = clock.monotonicTimeNanosUnsafe()
      return undefined
    }
  }
}

/** A client that names neither gets one id for both. */
export const identity: Middleware = {
  name: "identity",
  admit: (exchange) => {
    const asked = exchange.head.requestId
    const trace = traceOf(exchange)
    exchange.traceId = trace?.[1] ?? newId()
    exchange.parentSpanId = trace?.[2] ?? exchange.traceId.slice(16)
    exchange.sampled = trace !== null && (Number.parseInt(trace[3] ?? "", 16) & 1) === 1
    exchange.requestId = asked !== undefined && sane.test(asked) ? asked : exchange.traceId
    return undefined
  },
  dress: (exchange, _status, fields) => {
    fields.push("x-request-id", exchange.requestId)
  }
}
