import { assert, describe, it } from "@effect/vitest"
import { Bulkhead } from "../../src/internal/upstream/bulkhead.ts"

describe("a bulkhead", () => {
  it("has places, then a line, then no more", () => {
    const bulkhead = new Bulkhead({ max_concurrent: 2, max_waiting: 1 })
    assert.deepStrictEqual([bulkhead.enter(), bulkhead.enter(), bulkhead.enter()], [true, true, false])
    assert.deepStrictEqual([bulkhead.wait(() => {}), bulkhead.wait(() => {})], [true, false])
    assert.deepStrictEqual([bulkhead.active, bulkhead.waiting], [2, 1])
  })

  it("hands a place to who has waited longest, and never to who has gone", () => {
    const bulkhead = new Bulkhead({ max_concurrent: 1, max_waiting: 3 })
    const told: Array<string> = []
    const gone = () => told.push("gone")
    bulkhead.enter()
    bulkhead.wait(() => told.push("first"))
    bulkhead.wait(gone)
    bulkhead.wait(() => told.push("last"))
    bulkhead.forget(gone)
    bulkhead.leave()
    assert.isFalse(bulkhead.enter())
    bulkhead.leave()
    bulkhead.leave()
    assert.deepStrictEqual(told, ["first", "last"])
    assert.deepStrictEqual([bulkhead.active, bulkhead.waiting], [0, 0])
  })
})
