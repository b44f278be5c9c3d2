/** The arithmetic under every figure that the benchmark prints. */
import { describe, expect, it } from "vitest"
import { latencies, median, ratio, rotate } from "../src/statistics.ts"

describe("median", () => {
  it("is the middle value of an odd count in any order", () => expect(median([9, 1, 5])).toBe(5))
  it("is the mean of the two middle values of an even count", () => expect(median([4, 1, 3, 2])).toBe(2.5))
  it("sorts by size and not as text", () => expect(median([10, 9, 100])).toBe(10))
  it("of nothing is not a number", () => expect(median([])).toBeNaN())
})

describe("ratio", () => {
  it("keeps three digits behind the point", () => expect(ratio(2, 3)).toBe(0.667))
  it("is null when a side was not measured", () => {
    expect(ratio(null, 3)).toBeNull()
    expect(ratio(3, null)).toBeNull()
  })
  it("is null instead of zero or infinity", () => {
    expect(ratio(0, 3)).toBeNull()
    expect(ratio(3, 0)).toBeNull()
    expect(ratio(NaN, 1)).toBeNull()
  })
})

describe("rotate", () => {
  it("puts everybody first once", () => {
    const firsts = [0, 1, 2].map((round) => rotate(["a", "b", "c"], round)[0])
    expect(firsts).toEqual(["a", "b", "c"])
  })
  it("keeps everybody and starts again after a full turn", () => {
    expect(rotate(["a", "b", "c"], 4)).toEqual(["b", "c", "a"])
    expect(rotate([], 4)).toEqual([])
  })
})

describe("latencies", () => {
  it("tells the upper edge of the bucket that holds the percentile", () => {
    const times = latencies(0.01, 100)
    for (let millis = 1; millis <= 100; millis++) times.record(millis - 0.005)
    expect(times.percentile(0.5)).toBe(50)
    expect(times.percentile(0.95)).toBe(95)
    expect(times.percentile(0.99)).toBe(99)
    expect(times.percentile(1)).toBe(100)
  })
  it("puts what is above the limit into the last bucket", () => {
    const times = latencies(1, 10)
    times.record(5000)
    expect(times.percentile(0.5)).toBe(11)
  })
  it("of nothing is not a number", () => expect(latencies().percentile(0.99)).toBeNaN())
})
