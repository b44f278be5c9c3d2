/** How long requests took, as a histogram and as quantiles of the latest ones, in plain numbers. Bounded: neither grows. */
import type * as Metric from "effect/Metric"
import * as Metrics from "../metrics.ts"

/** Buckets as Effect keeps them: each holds what is at most its boundary. In seconds. */
export class Durations {
  readonly #boundaries = Float64Array.from(Metrics.durationBoundaries)
  readonly #buckets = new Float64Array(Metrics.durationBoundaries.length + 1)
  #count = 0
  #sum = 0
  #min = Number.MAX_VALUE
  #max = -Number.MAX_VALUE

  record(seconds: number): void {
    const boundaries = this.#boundaries
    let index = 0
    while (index < boundaries.length && seconds > (boundaries[index] ?? 0)) index++
    this.#buckets[index] = (this.#buckets[index] ?? 0) + 1
    this.#count++
    this.#sum += seconds
    if (seconds < this.#min) this.#min = seconds
    if (seconds > this.#max) this.#max = seconds
  }

  state(): Metric.HistogramState {
    let below = 0
    const buckets = Array.from(this.#boundaries, (boundary, index): [number, number] => {
      below += this.#buckets[index] ?? 0
      return [boundary, below]
    })
    return { buckets, count: this.#count, min: this.#min, max: this.#max, sum: this.#sum }
  }
}

/** Enough for a steady 99th percentile, few enough to be sorted whenever somebody looks. */
const kept = 1024

/** The latest durations; quantiles by nearest rank. */
export class Latest {
  readonly #ring = new Float64Array(kept)
  #count = 0
  #sum = 0
  #min = Number.MAX_VALUE
  #max = -Number.MAX_VALUE

  record(seconds: number): void {
    this.#ring[this.#count % kept] = seconds
    this.#count++
    this.#sum += seconds
    if (seconds < this.#min) this.#min = seconds
    if (seconds > this.#max) this.#max = seconds
  }

  state(): Metric.SummaryState {
    const sorted = this.#ring.slice(0, Math.min(this.#count, kept)).sort()
    const at = (quantile: number) => sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)]
    const quantiles = Metrics.quantiles.map((quantile): [number, number | undefined] => [quantile, at(quantile)])
    return { quantiles, count: this.#count, min: this.#min, max: this.#max, sum: this.#sum }
  }
}
