/**
 * Refuses with 503 what would only make it worse: everything while the event loop is late; while a plugin has more to do than it
 * gets done, what would add to it. Reading (RFC 9110 calls it safe) goes on then.
 */
import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import type { NetworkConfig } from "../config.ts"
import type { Tell } from "../internal/bursts.ts"
import type { Exchange } from "../internal/exchange.ts"
import * as Metrics from "../metrics.ts"
import * as Problem from "../Problem.ts"
import type { Middleware } from "./Middleware.ts"

/** Who has too much to do: the event loop, or plugins by their names. */
export interface Load {
  isLate: boolean
  readonly pressed: ReadonlySet<string>
}

const safe = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "QUERY"])

const tooMuch: Problem.Occurrence = {
  code: "network.overloaded",
  detail: "The server has more to do than it gets done. Wait as long as Retry-After says, and send this again."
}

const shedBy = (reason: string) => Metric.withAttributes(Metrics.shed, { reason })

/** `overload` may change while requests come. */
export const overload = (
  config: Pick<NetworkConfig, "overload">,
  load: Load,
  context: Context.Context<never>,
  tell: Tell
): Middleware => {
  const refuse = (exchange: Exchange, reason: string) => {
    shedBy(reason).updateUnsafe(1, context)
    tell(
      `overload ${reason}`,
      `requests are refused, because ${reason} has more to do than it gets done (network.overload).`
    )
    return Problem.toResponse(Problem.make(tooMuch, exchange))
  }
  return {
    name: "overload",
    admit: (exchange) => {
      if (!load.isLate && load.pressed.size === 0) return undefined
      if (!config.overload.enabled) return undefined
      if (load.isLate) return refuse(exchange, "event_loop")
      const [name = ""] = load.pressed
      return safe.has(exchange.method) ? undefined : refuse(exchange, name)
    }
  }
}
