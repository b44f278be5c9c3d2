import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { RetryBudget } from "../../src/internal/upstream/retryBudget.ts"

const granted = (budget: RetryBudget, times: number, now: number): number =>
  Array.from({ length: times }, () => budget.retry(now)).filter(Boolean).length

describe("a retry budget", () => {
  it("allows a share of the requests", () => {
    const budget = new RetryBudget({ ratio: 0.2, min_per_second: 0 })
    assert.strictEqual(granted(budget, 5, 0), 0)
    for (let index = 0; index < 100; index++) budget.request(index)
    assert.strictEqual(granted(budget, 100, 100), 20)
  })

  it("allows a few per second beside it", () => {
    const budget = new RetryBudget({ ratio: 0, min_per_second: 2 })
    assert.strictEqual(granted(budget, 100, 0), 20)
    assert.strictEqual(granted(budget, 100, 5000), 0)
    assert.strictEqual(granted(budget, 100, 11_000), 20)
  })

  it("forgets requests after ten seconds", () => {
    const budget = new RetryBudget({ ratio: 1, min_per_second: 0 })
    for (let index = 0; index < 10; index++) budget.request(0)
    assert.strictEqual(granted(budget, 4, 9000), 4)
    assert.strictEqual(granted(budget, 100, 11_000), 0)
  })

  it("is never exceeded, whatever comes in whatever order", () => {
    const step = fc.record({ pause: fc.nat(4000), retry: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.double({ min: 0, max: 1, noNaN: true }), (steps, ratio) => {
        const budget = new RetryBudget({ ratio, min_per_second: 0 })
        let [now, requests, retries] = [0, 0, 0]
        for (const { pause, retry } of steps) {
          now += pause
          if (!retry) {
            budget.request(now)
            requests++
          } else if (budget.retry(now)) retries++
        }
        assert.isAtMost(retries, requests * ratio)
      })
    )
  })
})
