/**
 * The last 1,024 durations in plain arrays, sorted only when somebody reads the metric: a statement pays for two writes, where the summary
 * of Effect looks its series up and allocates for each.
 */
import type * as Metric from "effect/Metric"

const size = 1024
const maxAgeMillis = 60_000
const quantiles = [0.5, 0.95, 0.99]

const quantileOf = (sorted: Float64Array, share: number): number | undefined =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]

export class Durations {
  private readonly seconds = new Float64Array(size)
  /** When each was recorded; far in the past means never. */
  private readonly at = new Float64Array(size).fill(-Infinity)
  private count = 0
  private sum = 0
  private min = Number.MAX_VALUE
  private max = -Number.MAX_VALUE

  record(seconds: number, nowMillis: number): void {
    const index = this.count++ % size
    this.seconds[index] = seconds
    this.at[index] = nowMillis
    this.sum += seconds
    if (seconds < this.min) this.min = seconds
    if (seconds > this.max) this.max = seconds
  }

  state(nowMillis: number): Metric.SummaryState {
    const { count, max, min, sum } = this
    const recent = this.seconds.filter((_, index) => nowMillis - (this.at[index] ?? -Infinity) <= maxAgeMillis)
      .toSorted()
    return { quantiles: quantiles.map((share) => [share, quantileOf(recent, share)] as const), count, min, max, sum }
  }
}
