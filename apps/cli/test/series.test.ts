import * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { MergedMetrics } from "../src/processes/MergedMetrics.ts"
import type { Series } from "../src/processes/messages.ts"
import { merge, ofSnapshot } from "../src/processes/series.ts"

const counter = (id: string, count: number, attributes = {}): Series => ({
  id,
  attributes,
  type: "Counter",
  state: { count, incremental: true }
})
const gauge = (id: string, value: number): Series => ({ id, attributes: {}, type: "Gauge", state: { value } })
const histogram = (counts: ReadonlyArray<number>): Series => {
  const total = counts.at(-1) ?? 0
  return {
    id: "seconds",
    attributes: {},
    type: "Histogram",
    state: {
      buckets: counts.map((count, index) => [index + 1, count]),
      count: total,
      sum: total * 2,
      min: total,
      max: total
    }
  }
}

describe("series of several processes", () => {
  it("of counters are added up, those of each set of labels by themselves", () => {
    expect(merge([
      { process: "0", series: counter("requests", 2, { status: "200" }) },
      { process: "1", series: counter("requests", 3, { status: "200" }) },
      { process: "1", series: counter("requests", 5, { status: "404" }) }
    ])).toEqual([counter("requests", 5, { status: "200" }), counter("requests", 5, { status: "404" })])
  })

  it("of histograms are added up bucket by bucket", () => {
    const [merged] = merge([
      { process: "0", series: histogram([1, 2]) },
      { process: "1", series: histogram([0, 4]) }
    ])
    expect(merged?.state).toEqual({ buckets: [[1, 1], [2, 6]], count: 6, sum: 12, min: 2, max: 4 })
  })

  it("of gauges stay apart, with the number of their process", () => {
    expect(merge([{ process: "0", series: gauge("queue", 2) }, { process: "1", series: gauge("queue", 3) }])).toEqual([
      { ...gauge("queue", 2), attributes: { process: "0" } },
      { ...gauge("queue", 3), attributes: { process: "1" } }
    ])
  })

  it("with other buckets, as of another version, are left out and not added wrongly", () => {
    const other: Series = { ...histogram([1]), type: "Histogram", state: { ...histogramState, buckets: [[7, 1]] } }
    expect(merge([{ process: "0", series: histogram([1, 2]) }, { process: "1", series: other }]))
      .toEqual([histogram([1, 2])])
  })

  it("add up to the same in whatever order they come", () => {
    const parts = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.nat(1000)), { maxLength: 20 })
    fc.assert(fc.property(parts, (given) => {
      const sums = (all: typeof given) =>
        merge(all.map(([id, count]) => ({ process: "0", series: counter(id, count) })))
          .map(({ id, state }) => [id, state]).toSorted(([a], [b]) => String(a).localeCompare(String(b)))
      expect(sums(given.toReversed())).toEqual(sums(given))
    }))
  })
})

const histogramState = { count: 1, sum: 1, min: 1, max: 1 }

describe("the registry of the first process", () => {
  const own = Metric.counter("requests", { incremental: true })
  const shown = (registry: MergedMetrics) =>
    Metric.snapshotUnsafe(Context.make(Metric.MetricRegistry, registry)).map(ofSnapshot)

  it("shows its own series with those of the others, and each update of its own", () => {
    const registry = new MergedMetrics()
    const context = Context.make(Metric.MetricRegistry, registry)
    own.updateUnsafe(1, context)
    registry.report(1, 0, [counter("requests", 10), counter("jobs", 4)])
    own.updateUnsafe(1, context)
    expect(shown(registry)).toEqual([counter("requests", 12), counter("jobs", 4)])
  })

  it("keeps what a process had counted when it has ended, and drops its gauges", () => {
    const registry = new MergedMetrics()
    registry.report(1, 0, [counter("requests", 10), gauge("queue", 4)])
    registry.end(1)
    registry.report(2, 0, [counter("requests", 1), gauge("queue", 7)])
    registry.report(2, 0, [counter("requests", 2), gauge("queue", 8)])
    expect(shown(registry)).toEqual([counter("requests", 12), { ...gauge("queue", 8), attributes: { process: "0" } }])
  })

  it("shows every kind of metric as it was", () => {
    const registry = new MergedMetrics()
    const context = Context.make(Metric.MetricRegistry, registry)
    Metric.histogram("h", { boundaries: [1, 2] }).updateUnsafe(1.5, context)
    Metric.frequency("f").updateUnsafe("word", context)
    Metric.summary("s", { maxAge: "1 minute", maxSize: 10, quantiles: [0.5] }).updateUnsafe(3, context)
    const kinds = Metric.snapshotUnsafe(context).map(({ attributes, type }) => [type, attributes?.["process"]])
    expect(kinds).toEqual([["Histogram", undefined], ["Frequency", undefined], ["Summary", "supervisor"]])
    const [, frequency] = Metric.snapshotUnsafe(context)
    expect(frequency?.state).toEqual({ occurrences: new Map([["word", 1]]) })
  })
})
