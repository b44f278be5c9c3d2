/** The metrics of one upstream, prepared once: merging attributes costs more than counting. */
import * as Metric from "effect/Metric"
import * as Metrics from "../../metrics.ts"

const of = Metric.withAttributes

export const seriesOf = (upstream: string) => {
  const durations = new Map<string, typeof Metrics.upstreamDuration>()
  const duration = (method: string, status: string): typeof Metrics.upstreamDuration => {
    const label = Metrics.methodLabel(method)
    const key = `${label} ${status}`
    const found = durations.get(key)
    if (found !== undefined) return found
    const made = of(Metrics.upstreamDuration, { upstream, method: label, status })
    durations.set(key, made)
    return made
  }
  return {
    duration,
    retried: (reason: string) => of(Metrics.upstreamRetries, { upstream, reason }),
    withheld: of(Metrics.upstreamRetriesWithheld, { upstream }),
    rejected: (reason: string) => of(Metrics.upstreamRejected, { upstream, reason }),
    active: of(Metrics.upstreamActive, { upstream }),
    waiting: of(Metrics.upstreamWaiting, { upstream }),
    circuit: of(Metrics.upstreamCircuit, { upstream }),
    circuitChange: (from: string, to: string) => of(Metrics.upstreamCircuitChanges, { upstream, from, to }),
    endpoints: (state: "usable" | "unhealthy" | "ejected") => of(Metrics.upstreamEndpoints, { upstream, state })
  }
}

export type Series = ReturnType<typeof seriesOf>
