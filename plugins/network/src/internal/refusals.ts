/** Counts requests whose sender is not known, by reason, and tells each burst of one reason once. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { AuthenticationUnavailable, type CredentialFault, type Unauthenticated } from "../errors.ts"
import * as Metrics from "../metrics.ts"

type Reason = CredentialFault | "keys_unavailable"

/** A burst is over when its reason was not told for so long. */
const quietMillis = 10_000

interface Burst {
  toldAt: number
  untold: number
}

const line = (reason: Reason, untold: number) =>
  Effect.annotateLogs(Effect.logWarning("a credential was refused"), {
    logger: "audit",
    reason,
    refused_before: untold
  })

export const make = () => {
  const counters = new Map<Reason, typeof Metrics.authFailures>()
  const bursts = new Map<Reason, Burst>()

  const counterOf = (reason: Reason) => {
    const counter = counters.get(reason) ?? Metric.withAttributes(Metrics.authFailures, { reason })
    counters.set(reason, counter)
    return counter
  }

  /** A request without a credential is how every login begins; it is counted only. */
  const tell = (reason: Reason, now: number) => {
    const burst = bursts.get(reason)
    if (reason === "missing") return Effect.void
    if (burst !== undefined && now - burst.toldAt < quietMillis) {
      burst.untold++
      return Effect.void
    }
    bursts.set(reason, { toldAt: now, untold: 0 })
    return line(reason, burst?.untold ?? 0)
  }

  return (error: Unauthenticated | AuthenticationUnavailable) =>
    Effect.contextWith((context: Context.Context<never>) => {
      const reason = error instanceof AuthenticationUnavailable ? "keys_unavailable" : error.fault
      counterOf(reason).updateUnsafe(1, context)
      return tell(reason, Context.get(context, Clock.Clock).currentTimeMillisUnsafe())
    })
}
