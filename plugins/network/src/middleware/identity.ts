/** Gives a request its id and its trace, for logs, spans and problems of everything below. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Random from "effect/Random"
import type { Exchange } from "../internal/exchange.ts"
import type { Middleware } from "./Middleware.ts"

/** What a client may choose: enough for UUIDs, ULIDs and trace ids, nothing that forges log lines. */
const sane = /^[\w.:+/=-]{8,128}$/

/** https://www.w3.org/TR/trace-context/#traceparent-header, version 00; ids of zeros only are no ids. */
const traceparent = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/

const bytes = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, "0"))

const hex8 = (value: number): string =>
  `${bytes[value >>> 24]}${bytes[(value >>> 16) & 255]}${bytes[(value >>> 8) & 255]}${bytes[value & 255]}`

const traceOf = ({ head }: Exchange): RegExpExecArray | null =>
  head.traceparent === undefined ? null : traceparent.exec(head.traceparent)

/** Ids name requests and protect nothing, so a fast generator is enough: 32 hexadecimal digits. */
const generator = (context: Context.Context<never>) => {
  const random = Context.get(context, Random.Random)
  const next = () => hex8(random.nextDoubleUnsafe() * 0x1_0000_0000)
  return () => next() + next() + next() + next()
}

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
export const identity = (context: Context.Context<never>): Middleware => {
  const newId = generator(context)
  return {
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
}
