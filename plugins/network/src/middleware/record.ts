/** Counts and times every answer, and writes its access line. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Fiber from "effect/Fiber"
import * as References from "effect/References"
import type { NetworkConfig } from "../config.ts"
import type { Exchange } from "../internal/exchange.ts"
import type { RequestCounts } from "../internal/requestCounts.ts"
import type { Middleware } from "./Middleware.ts"

const secondsSince = (clock: Clock.Clock, { startedAt }: Exchange): number =>
  Number(clock.monotonicTimeNanosUnsafe() - startedAt) / 1e9

export const counted = (counts: RequestCounts, context: Context.Context<never>): Middleware => {
  const clock = Context.get(context, Clock.Clock)
  return {
    name: "metrics",
    end: (exchange, status) => {
      counts.count(exchange.method, status, exchange.route, secondsSince(clock, exchange))
    }
  }
}

const noCause = Cause.fromReasons<never>([])

type Members = Readonly<Record<string, unknown>>

const members = (exchange: Exchange, status: number, seconds: number, annotations: Members) => {
  const line: Record<string, unknown> = {
    ...annotations,
    request_id: exchange.requestId,
    method: exchange.method,
    endpoint: exchange.route ?? exchange.path,
    status,
    duration_ms: Math.round(seconds * 1_000_000) / 1000,
    client_address: exchange.clientAddress
  }
  if (exchange.userId !== undefined) line["user_id"] = exchange.userId
  return line
}

/** Writes as `Effect.logInfo` would, without an effect: the fiber carries the members of the line while it is written. */
const write = (fiber: Fiber.Fiber<unknown, unknown>, date: Date, line: Members): void => {
  const before = fiber.context
  fiber.setContext(Context.add(before, References.CurrentLogAnnotations, line))
  const options = { message: ["request"], logLevel: "Info", cause: noCause, fiber, date } as const
  for (const logger of fiber.getRef(References.CurrentLoggers)) logger.log(options)
  fiber.setContext(before)
}

/** A line of network, whichever plugin has answered. `access_log` may change while requests come. */
export const accessLog = (
  context: Context.Context<never>,
  http: Pick<NetworkConfig["http"], "access_log">
): Middleware => {
  const clock = Context.get(context, Clock.Clock)
  const annotations = Context.get(context, References.CurrentLogAnnotations)
  return {
    name: "access log",
    end: (exchange, status, fiber) => {
      if (!http.access_log || fiber === undefined) return
      write(
        fiber,
        new globalThis.Date(clock.currentTimeMillisUnsafe()),
        members(exchange, status, secondsSince(clock, exchange), annotations)
      )
    }
  }
}
