/** Counts what became of the requests, and how long the answers took from the moment each was due. */
import type { Outcome, Placed } from "./messages.ts"

/** Of each kind of failure. */
const shownExamples = 3

/** Slower than any client should see, yet answered: tells a starved machine from a server that loses requests. */
const lateMillis = 1000

const percentile = (sorted: Float64Array, share: number): number =>
  Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) / 10

export const make = () => {
  const kinds: Record<string, number> = {}
  const examples: Array<string> = []
  const took: Array<number> = []
  const placed: Array<Placed> = []
  const connections = { kept: 0, fresh: 0 }
  let failed = 0
  let behind = 0

  return {
    placed,
    answered: (millis: number): void => void took.push(millis),
    failed: (kind: string, example: string): void => {
      failed++
      const count = (kinds[kind] ?? 0) + 1
      kinds[kind] = count
      if (count <= shownExamples) examples.push(example)
    },
    sent: (fresh: boolean, behindMillis: number): void => {
      if (fresh) connections.fresh++
      else connections.kept++
      behind = Math.max(behind, behindMillis)
    },
    outcome: (): Outcome => {
      const sorted = Float64Array.from(took).sort()
      return {
        sent: connections.kept + connections.fresh,
        failed,
        kinds,
        examples,
        connections,
        placed,
        latency: {
          p50_ms: percentile(sorted, 0.5),
          p99_ms: percentile(sorted, 0.99),
          max_ms: percentile(sorted, 1),
          late: took.filter((millis) => millis > lateMillis).length,
          behind_ms: Math.round(behind)
        }
      }
    }
  }
}
