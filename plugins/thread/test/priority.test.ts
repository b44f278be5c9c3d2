import { describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { expect } from "vitest"
import * as PriorityQueue from "../src/internal/priority.ts"

interface Named extends PriorityQueue.Entry {
  readonly name: string
}

const entry = (level: number, name: string): Named => ({ level, name, removed: false })

const drain = (queue: PriorityQueue.PriorityQueue<Named>): ReadonlyArray<string> => {
  const names: Array<string> = []
  for (let next = queue.take(); next !== undefined; next = queue.take()) names.push(next.name)
  return names
}

describe("PriorityQueue", () => {
  it("takes higher levels first and one level in its order", () => {
    const queue = PriorityQueue.make<Named>(3, 100)
    queue.push(entry(2, "low 1"))
    queue.push(entry(0, "high 1"))
    queue.push(entry(1, "normal 1"))
    queue.push(entry(0, "high 2"))
    expect(drain(queue)).toEqual(["high 1", "high 2", "normal 1", "low 1"])
  })

  it("serves a level that was passed over as often as ageing allows", () => {
    const queue = PriorityQueue.make<Named>(3, 3)
    for (let n = 1; n <= 6; n++) queue.push(entry(0, `high ${n}`))
    queue.push(entry(2, "low 1"))
    queue.push(entry(2, "low 2"))
    expect(drain(queue)).toEqual(["high 1", "high 2", "high 3", "low 1", "high 4", "high 5", "high 6", "low 2"])
  })

  it("never keeps any level waiting longer than ageing and the other levels allow", () => {
    fc.assert(fc.property(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 1, max: 20 }), (levels, ageing) => {
      const queue = PriorityQueue.make<Named>(levels, ageing)
      const since: Array<number> = Array.from({ length: levels }, () => 0)
      for (let level = 0; level < levels; level++) queue.push(entry(level, String(level)))
      for (let turn = 1; turn <= 500; turn++) {
        const level = queue.take()?.level ?? -1
        since[level] = turn
        // Every level always has something: the hardest case for the ones below.
        queue.push(entry(level, String(level)))
        for (const last of since) expect(turn - last).toBeLessThanOrEqual(ageing + levels)
      }
    }))
  })

  it("does not owe turns to a level that was empty", () => {
    const queue = PriorityQueue.make<Named>(2, 2)
    for (let n = 1; n <= 10; n++) queue.push(entry(0, `high ${n}`))
    for (let n = 1; n <= 8; n++) queue.take()
    queue.push(entry(1, "low"))
    expect(drain(queue)).toEqual(["high 9", "high 10", "low"])
  })

  it("agrees with a list for any order of pushes, takes and removals", () => {
    const step = fc.oneof(
      fc.nat(2).map((level) => ({ _tag: "push", level } as const)),
      fc.constant({ _tag: "take" } as const),
      fc.nat(200).map((at) => ({ _tag: "remove", at } as const))
    )
    fc.assert(fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
      const queue = PriorityQueue.make<Named>(3, 1_000_000)
      let model: Array<Named> = []
      steps.forEach((step, index) => {
        if (step._tag === "push") {
          const added = entry(step.level, String(index))
          queue.push(added)
          model.push(added)
        } else if (step._tag === "take") {
          const best = model.toSorted((a, b) => a.level - b.level)[0]
          expect(queue.take()).toBe(best)
          model = model.filter((other) => other !== best)
        } else {
          const gone = model[step.at % Math.max(1, model.length)]
          if (gone !== undefined) queue.remove(gone)
          model = model.filter((other) => other !== gone)
        }
        expect(queue.size).toBe(model.length)
        expect(queue.sizes).toEqual([0, 1, 2].map((level) => model.filter((other) => other.level === level).length))
        expect(queue.oldest(1)).toBe(model.find((other) => other.level === 1))
      })
    }))
  })

  it("keeps no trace of a hundred thousand removed entries", () => {
    const queue = PriorityQueue.make<Named>(1, 1)
    const first = entry(0, "first")
    queue.push(first)
    for (let n = 0; n < 100_000; n++) {
      const other = entry(0, "other")
      queue.push(other)
      queue.remove(other)
    }
    expect(queue.size).toBe(1)
    expect(queue.take()).toBe(first)
    expect(queue.take()).toBe(undefined)
  })
})

describe("priorities", () => {
  it("means the first, middle and last level, however many there are", () => {
    const named = (levels: number) =>
      (["high", "normal", "low"] as const).map((name) => PriorityQueue.levelOf(name, levels))
    expect([1, 2, 3, 5].map(named)).toEqual([[0, 0, 0], [0, 1, 1], [0, 1, 2], [0, 2, 4]])
  })

  it("brings numbers into range", () => {
    expect([-1, 1.9, 7, Number.NaN].map((level) => PriorityQueue.levelOf(level, 3))).toEqual([0, 1, 2, 2])
  })

  it("names every level once", () => {
    expect([1, 2, 3, 5].map(PriorityQueue.labels)).toEqual([
      ["normal"],
      ["high", "normal"],
      ["high", "normal", "low"],
      ["high", "1", "normal", "3", "low"]
    ])
  })
})
