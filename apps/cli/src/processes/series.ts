/** Series of metrics of several processes, and what they add up to. Pure. */
import type * as Metric from "effect/Metric"
import type { Series } from "./messages.ts"

export const ofSnapshot = (snapshot: Metric.Metric.Snapshot): Series => {
  const { attributes = {}, description, id } = snapshot
  const named = { id, attributes, ...(description === undefined ? {} : { description }) }
  switch (snapshot.type) {
    case "Counter": {
      const { count, incremental } = snapshot.state
      return { ...named, type: snapshot.type, state: { count: Number(count), incremental } }
    }
    case "Gauge":
      return { ...named, type: snapshot.type, state: { value: Number(snapshot.state.value) } }
    case "Frequency":
      return { ...named, type: snapshot.type, state: { occurrences: [...snapshot.state.occurrences] } }
    case "Histogram":
      return { ...named, type: snapshot.type, state: snapshot.state }
    case "Summary":
      return { ...named, type: snapshot.type, state: snapshot.state }
  }
}

/** A series and whose it is. */
export interface Part {
  /** The number of the process, or a word for what is none of them. */
  readonly process: string
  readonly series: Series
}

type Of<T extends Series["type"]> = Extract<Series, { readonly type: T }>

const addHistograms = (a: Of<"Histogram">, b: Of<"Histogram">): Series => {
  // A process of another version may have other buckets: what cannot be added is left out.
  if (a.state.buckets.some(([bound], index) => bound !== b.state.buckets[index]?.[0])) return a
  return {
    ...a,
    state: {
      buckets: a.state.buckets.map(([bound, count], index) => [bound, count + (b.state.buckets[index]?.[1] ?? 0)]),
      count: a.state.count + b.state.count,
      sum: a.state.sum + b.state.sum,
      min: Math.min(a.state.min, b.state.min),
      max: Math.max(a.state.max, b.state.max)
    }
  }
}

const addFrequencies = (a: Of<"Frequency">, b: Of<"Frequency">): Series => {
  const sums = new Map(a.state.occurrences)
  for (const [value, count] of b.state.occurrences) sums.set(value, (sums.get(value) ?? 0) + count)
  return { ...a, state: { occurrences: [...sums] } }
}

/** Undefined for kinds of which a sum says nothing. */
const add = (a: Series, b: Series): Series | undefined => {
  if (a.type === "Counter" && b.type === "Counter") {
    return { ...a, state: { ...a.state, count: a.state.count + b.state.count } }
  }
  if (a.type === "Histogram" && b.type === "Histogram") return addHistograms(a, b)
  return a.type === "Frequency" && b.type === "Frequency" ? addFrequencies(a, b) : undefined
}

/** Whether a sum over processes means what the series of one process means. */
export const isAdditive = ({ type }: Series): boolean => type !== "Gauge" && type !== "Summary"

const labelled = ({ process, series }: Part): Series =>
  isAdditive(series) ? series : { ...series, attributes: { ...series.attributes, process } }

const keyOf = ({ attributes, id, type }: Series): string =>
  JSON.stringify([id, type, Object.entries(attributes).toSorted(([a], [b]) => a < b ? -1 : 1)])

/**
 * Counters, histograms and frequencies are added up. A gauge or a summary of each process stays by itself, with the label
 * `process`; of two from one process, which are a process and its successor, the later one is shown.
 */
export const merge = (parts: ReadonlyArray<Part>): ReadonlyArray<Series> => {
  const merged = new Map<string, Series>()
  for (const series of parts.map(labelled)) {
    const key = keyOf(series)
    const before = merged.get(key)
    merged.set(key, before === undefined ? series : add(before, series) ?? series)
  }
  return [...merged.values()]
}
