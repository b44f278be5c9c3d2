import { describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { expect } from "vitest"
import * as Ring from "../src/internal/ring.ts"

describe("Ring", () => {
  it("behaves as an array does, for any order of calls", () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.nat().map((value) => ({ _tag: "push", value } as const)) },
      { weight: 4, arbitrary: fc.constant({ _tag: "shift" } as const) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }).map((modulo) => ({ _tag: "retain", modulo } as const)) }
    )
    fc.assert(fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const ring = Ring.make<number>()
      let model: Array<number> = []
      for (const step of steps) {
        if (step._tag === "push") {
          ring.push(step.value)
          model.push(step.value)
        } else if (step._tag === "shift") {
          expect(ring.shift()).toBe(model.shift())
        } else {
          ring.retain((value) => value % step.modulo === 0)
          model = model.filter((value) => value % step.modulo === 0)
        }
        expect(ring.length).toBe(model.length)
        expect(ring.peek()).toBe(model[0])
      }
    }))
  })
})
