/**
 * The requests whose handlers have not come to an end at once, and the deadline of those handlers. One coarse sweep looks at all of
 * them, so that a request costs no timer. A body that is still arriving is the business of `read_timeout`.
 */
import type * as Problem from "../Problem.ts"
import { cut } from "./cut.ts"
import type { Exchange } from "./exchange.ts"

const tooSlow: Problem.Occurrence = {
  code: "common.timeout",
  // RFC 9110 section 15.6.5 keeps 504 for gateways.
  status: 503,
  detail: "The server did not finish this request in time. Try again later, or ask for less at once.",
  plugin: "network"
}

export class InFlight {
  /** Since when each was seen waiting for its handler, in milliseconds; not a number before. */
  readonly #waiting = new Map<Exchange, number>()
  /** Their handlers were interrupted, and take time to notice. */
  readonly #cut = new Set<Exchange>()

  get size(): number {
    return this.#waiting.size
  }

  readonly enter = (exchange: Exchange): void => {
    this.#waiting.set(exchange, Number.NaN)
    exchange.response.once("close", () => {
      this.#waiting.delete(exchange)
      this.#cut.delete(exchange)
    })
  }

  /** Ends the handlers that have taken longer than `most` milliseconds; answers these. */
  readonly sweep = (now: number, most: number): ReadonlyArray<Exchange> => {
    const late: Array<Exchange> = []
    for (const [exchange, since] of this.#waiting) {
      if (exchange.response.headersSent) this.#waiting.delete(exchange)
      else if (exchange.isArriving) continue
      else if (Number.isNaN(since)) this.#waiting.set(exchange, now)
      else if (now - since >= most) late.push(exchange)
    }
    for (const exchange of late) this.#end(exchange, now)
    return late
  }

  /** A handler that does not let itself be interrupted loses its client. */
  #end(exchange: Exchange, now: number): void {
    if (this.#cut.has(exchange)) exchange.response.destroy()
    this.#cut.add(exchange)
    this.#waiting.set(exchange, now)
    cut(exchange, tooSlow)
  }
}
