/** Pure: whether a try is followed by another one. */
import type { HttpClientResponse } from "effect/http/HttpClientResponse"
import { UpstreamFailed, type UpstreamFault } from "../../errors.ts"
import type { Call, Failed } from "./call.ts"
import type { Policy } from "./policy.ts"
import { parseRetryAfter } from "./retryAfter.ts"

const kinds: Partial<Record<UpstreamFault, Policy["retry"]["errors"][number]>> = {
  refused: "connect",
  no_connection: "connect",
  connect_timeout: "connect",
  timeout: "timeout",
  closed: "closed"
}

/** Why it is worth another try; undefined when it is not, or might be done twice. */
export const reasonOf = (
  { errors, statuses }: Policy["retry"],
  { idempotent, request }: Pick<Call, "idempotent" | "request">,
  result: HttpClientResponse | Failed
): string | undefined => {
  if (result instanceof UpstreamFailed) {
    const kind = kinds[result.fault]
    // Without a connection nothing was sent. A body that is a stream may still have been begun.
    const safe = idempotent || (kind === "connect" && request.body._tag !== "Stream")
    return kind !== undefined && errors.includes(kind) && safe ? result.fault : undefined
  }
  return "status" in result && idempotent && statuses.includes(result.status) ? String(result.status) : undefined
}

/** Exponential with full jitter: anything from nothing to the bound, so that clients that failed together part. */
export const backoff = (
  { backoffMillis, maxBackoffMillis }: Policy["retry"],
  attempt: number,
  random: number
): number => random * Math.min(maxBackoffMillis, backoffMillis * 2 ** (attempt - 1))

/** What the upstream asks for; undefined when it asks for nothing that can be understood. */
export const askedFor = (result: HttpClientResponse | Failed, nowMillis: number): number | undefined =>
  "status" in result ? parseRetryAfter(result.headers["retry-after"], nowMillis) : undefined
