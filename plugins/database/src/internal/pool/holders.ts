/** Those who hold sessions, in words. */
import * as Duration from "effect/Duration"
import type { SessionHolder } from "../../Database.ts"

/** As many are named in a sentence; the operation `database-pool` tells all. */
export const told = 5

/** Whole seconds from ten on: `83 s` reads better than `82 s 997 ms`. */
const age = (millis: number): string =>
  Duration.format(Duration.millis(millis < 10_000 ? Math.round(millis) : Math.round(millis / 1000) * 1000))

/** `"Orders.place" of orders (fiber 12, trace 4bf9...) for 12s`. */
const sentenceOf = ({ fiber, heldMillis, plugin, span, traceId }: SessionHolder): string => {
  const who = span === undefined ? "work without a span" : `"${span}"`
  const of = plugin === undefined ? "" : ` of ${plugin}`
  const trace = traceId === undefined ? "" : `, trace ${traceId}`
  return `${who}${of} (fiber ${fiber}${trace}) for ${age(heldMillis)}`
}

export const sentencesOf = (holders: ReadonlyArray<SessionHolder>): string => holders.map(sentenceOf).join("; ")
