import { assert, it } from "@effect/vitest"
import { Durations } from "../src/internal/durations.ts"

const filled = (count: number, everyMillis: number) => {
  const durations = new Durations()
  for (let nth = 1; nth <= count; nth++) durations.record(nth / 1000, nth * everyMillis)
  return durations
}

it("tells count, sum, bounds and quantiles of what was recorded", () => {
  assert.deepStrictEqual(filled(100, 1).state(100), {
    quantiles: [[0.5, 0.05], [0.95, 0.095], [0.99, 0.099]],
    count: 100,
    sum: Array.from({ length: 100 }, (_, nth) => (nth + 1) / 1000).reduce((sum, each) => sum + each, 0),
    min: 0.001,
    max: 0.1
  })
})

it("knows no quantiles when nothing was recorded in the last minute, and keeps the counts", () => {
  const { count, quantiles } = filled(10, 1).state(70_000)
  assert.deepStrictEqual([count, quantiles], [10, [[0.5, undefined], [0.95, undefined], [0.99, undefined]]])
})

it("holds the last 1,024", () => {
  assert.deepStrictEqual(filled(5000, 1).state(5000).quantiles[0], [0.5, (5000 - 1024 + 512) / 1000])
})
