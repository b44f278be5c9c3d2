/**
 * The figures of answered requests, kept as plain numbers and read by Effect's registry when somebody looks: an update of the
 * registry's own costs more than the handler of a small answer.
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Metrics from "../metrics.ts"

export interface RequestCounts {
  /** What never became a request, by the status that it was refused with. */
  readonly refused: (status: number) => void
  readonly count: (method: string, status: number, seconds: number) => void
}

const noop = (): void => {}

class Count {
  value = 0
}

/** Buckets as Effect keeps them: each holds what is at most its boundary. */
class Durations {
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

/** The series begin with their first request, and end with the scope. */
export const make = Effect.gen(function*() {
  const context = yield* Effect.context<never>()
  const durations = new Durations()
  const counts = new Map<string, Map<number, Count>>()
  const registrations = [
    Metric.registerUnsafe(Metrics.requestDuration, context, {
      get: () => durations.state(),
      update: noop,
      modify: noop
    })
  ]

  const begin = (method: string, status: number): Count => {
    const count = new Count()
    const get = () => ({ count: count.value, incremental: true })
    registrations.push(
      Metric.registerUnsafe(Metrics.requestsOf(method, status), context, { get, update: noop, modify: noop })
    )
    const ofMethod = counts.get(method) ?? new Map<number, Count>()
    counts.set(method, ofMethod.set(status, count))
    return count
  }

  yield* Effect.addFinalizer(() => Effect.sync(() => registrations.forEach((registration) => registration.remove())))
  const one = (label: string, status: number): void => {
    const found = counts.get(label)?.get(status) ?? begin(label, status)
    found.value++
  }
  const made: RequestCounts = {
    refused: (status) => one("OTHER", status),
    count: (method, status, seconds) => {
      one(Metrics.methodLabel(method), status)
      durations.record(seconds)
    }
  }
  return made
})
