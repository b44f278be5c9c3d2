/** Pure: what an answer or a failure says about the upstream. */
import * as Cause from "effect/Cause"
import type * as Exit from "effect/Exit"
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import { UpstreamFailed, type UpstreamFault } from "../../errors.ts"
import type { Outcome } from "./breaker.ts"
import type { Failed } from "./call.ts"

/** Nobody there, or nobody who can work. 501 and the like are answers. */
const failing = new Set([500, 502, 503, 504])

/** An answer that is too large or leads in a circle is one that it gave; the rest was decided here. */
const itsOwn: ReadonlySet<UpstreamFault> = new Set([
  "refused",
  "no_connection",
  "connect_timeout",
  "timeout",
  "total_timeout",
  "closed",
  "not_http"
])

const ofFailed = (failed: Failed): Outcome =>
  !(failed instanceof UpstreamFailed) ? "ignored" : itsOwn.has(failed.fault) ? "failure" : "success"

export const outcomeOf = (exit: Exit.Exit<HttpClientResponse, Failed>): Outcome => {
  if (exit._tag === "Success") return failing.has(exit.value.status) ? "failure" : "success"
  return Option.match(Cause.findErrorOption(exit.cause), { onNone: () => "ignored", onSome: ofFailed })
}

/** For the label of a metric: a status, a fault, or that nobody waited for it. */
export const labelOf = (exit: Exit.Exit<HttpClientResponse, Failed>): string => {
  if (exit._tag === "Success") return String(exit.value.status)
  return Option.match(Cause.findErrorOption(exit.cause), {
    onNone: () => "interrupted",
    onSome: (failed) => failed instanceof UpstreamFailed ? failed.fault : "invalid"
  })
}
