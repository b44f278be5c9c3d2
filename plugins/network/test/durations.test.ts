import { assert, describe, it } from "@effect/vitest"
import { Durations, Latest } from "../src/internal/durations.ts"
import { durationBoundaries } from "../src/metrics.ts"

describe("durations", () => {
  it("a bucket holds what is at most its boundary, and what is below", () => {
    const durations = new Durations()
    for (const seconds of [0.0005, 0.001, 0.002, 0.3, 60]) durations.record(seconds)
    const { buckets, count, max, min, sum } = durations.state()
    assert.deepStrictEqual(buckets.map(([boundary]) => boundary), durationBoundaries)
    assert.deepStrictEqual(Object.fromEntries(buckets), {
      ...Object.fromEntries(durationBoundaries.map((boundary) => [boundary, 4])),
      0.001: 2,
      0.005: 3,
      0.01: 3,
      0.025: 3,
      0.05: 3,
      0.075: 3,
      0.1: 3,
      0.25: 3
    })
    assert.deepStrictEqual([count, min, max], [5, 0.0005, 60])
    assert.closeTo(sum, 60.3035, 1e-9)
  })

  it("quantiles are those of the latest 1,024, by nearest rank", () => {
    const latest = new Latest()
    assert.deepStrictEqual(latest.state().quantiles, [[0.5, undefined], [0.9, undefined], [0.95, undefined], [
      0.99,
      undefined
    ]])
    for (let index = 0; index < 1024; index++) latest.record(1000)
    for (let index = 1; index <= 1024; index++) latest.record(index)
    assert.deepStrictEqual(latest.state().quantiles, [[0.5, 512], [0.9, 922], [0.95, 973], [0.99, 1014]])
    assert.strictEqual(latest.state().count, 2048)
  })
})
