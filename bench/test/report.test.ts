/** How samples of rounds become rows, and rows become text. */
import { describe, expect, it } from "vitest"
import { summarize } from "../src/measure.ts"
import { medianOfRatios, ratioOfMedians, rowOf, type Series } from "../src/report.ts"
import { table } from "../src/table.ts"

const ours: Series = { rate: [100, 300, 200], best: [120, 330, 220], cpu: [10, 8, 9], p99: [2, 4, 3] }
const peer: Series = { rate: [50, 300, 400], best: [60, 300, 440], cpu: [12, 16, 14], p99: [4, 4, 1] }

describe("rowOf", () => {
  it("is above 1 where ours is faster, cheaper or has its better slice", () => {
    expect(rowOf("hello", "fastify", ours, peer, medianOfRatios)).toEqual({
      work: "hello",
      peer: "fastify",
      ratio: 1,
      ratio_best: 0.75,
      ratio_cpu: 1.5,
      p99_ratio: 1,
      goal: null
    })
  })
  it("takes the ratio of the medians where it is asked to", () =>
    expect(rowOf("boot", "fastify", ours, peer, ratioOfMedians).ratio).toBe(0.667))
  it("has null where a side has no CPU time or no latency", () => {
    const row = rowOf("boot", "fastify", { ...ours, cpu: [null, null, null], p99: [] }, peer, medianOfRatios)
    expect(row.ratio_cpu).toBeNull()
    expect(row.p99_ratio).toBeNull()
  })
})

describe("summarize", () => {
  const latency = { p50: 1, p95: 2, p99: 3, busy: 0.5, ownMicros: 9 }
  it("takes the median rate, the best slice and the cheapest slice", () => {
    const slices = [
      { perSecond: 10, cpuMicros: 5 },
      { perSecond: 30, cpuMicros: 2 },
      { perSecond: 20, cpuMicros: 3 }
    ] as const
    expect(summarize({ slices, ...latency })).toEqual({
      rate: 20,
      best: 30,
      cpu: 2,
      ...latency
    })
  })
  it("has no CPU figure where the system tells none", () =>
    expect(summarize({ slices: [{ perSecond: 10, cpuMicros: null }], ...latency }).cpu).toBeNull())
})

describe("table", () => {
  it("sets text left and numbers right, and shows what was not measured as a dash", () => {
    const text = table([
      { work: "hello", ratio: 1.25, goal: null },
      { work: "echo 1 KiB", ratio: 0.9, goal: null }
    ])
    expect(text).toBe([
      "work        ratio  goal",
      "hello        1.25     -",
      "echo 1 KiB    0.9     -"
    ].join("\n"))
  })
  it("of nothing is empty", () => expect(table([])).toBe(""))
})
