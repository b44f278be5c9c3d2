import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { balancer } from "../src/processes/balance.ts"
import { beat, fresh, isHopeless } from "../src/processes/pings.ts"

const takers = (...connections: ReadonlyArray<number>) =>
  connections.map((count, process) => ({ process, now: { connections: count } }))

describe("a connection goes", () => {
  it("to each in turn, also while their number changes", () => {
    const choose = balancer()
    const turn = (count: number) => choose("round_robin", takers(...Array(count).fill(0)), "")?.process
    expect([turn(3), turn(3), turn(3), turn(2), turn(2), turn(1)]).toEqual([1, 2, 0, 1, 0, 0])
  })

  it("to the one with the fewest", () => {
    expect(balancer()("least_connections", takers(4, 1, 3), "")?.process).toBe(1)
  })

  it("nowhere when there is nobody", () => {
    const choose = balancer()
    for (const strategy of ["round_robin", "least_connections", "ip_hash"] as const) {
      expect(choose(strategy, [], "10.0.0.1")).toBeUndefined()
    }
  })

  it("by address to the same one, whatever else changes, and clients move only when theirs has gone", () => {
    fc.assert(fc.property(fc.ipV4(), fc.integer({ min: 2, max: 16 }), (address, count) => {
      const choose = balancer()
      const all = takers(...Array(count).fill(0))
      const first = choose("ip_hash", all, address)
      expect(choose("ip_hash", all.toReversed(), address)).toEqual(first)
      const others = all.filter(({ process }) => process !== first?.process)
      expect(choose("ip_hash", [...others.slice(1), ...all.filter((one) => one === first)], address)).toEqual(first)
      expect(choose("ip_hash", others, address)).not.toEqual(first)
    }))
  })

  it("by address to all of them: 1000 clients of one network fill 4 processes evenly", () => {
    const choose = balancer()
    const counts = [0, 0, 0, 0]
    for (let host = 0; host < 1000; host++) {
      const { process = 0 } = choose("ip_hash", takers(0, 0, 0, 0), `10.0.${host >> 8}.${host & 255}`) ?? {}
      counts[process] = (counts[process] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 250)).toBeLessThan(60)
  })
})

describe("an event loop", () => {
  const thresholds = { unhealthy_threshold: 3, healthy_threshold: 2 }
  const after = (...answers: ReadonlyArray<boolean>) =>
    answers.reduce((pulse, answered) => beat(pulse, answered, thresholds), fresh)

  it("is unhealthy after so many questions in a row without an answer, and not before", () => {
    expect(after(false, false).healthy).toBe(true)
    expect(after(false, false, true, false, false).healthy).toBe(true)
    expect(after(false, false, false).healthy).toBe(false)
  })

  it("is healthy again after so many answers in a row", () => {
    expect(after(false, false, false, true).healthy).toBe(false)
    expect(after(false, false, false, true, false, true).healthy).toBe(false)
    expect(after(false, false, false, true, true).healthy).toBe(true)
  })

  it("is hopeless after twice as many", () => {
    expect(isHopeless(after(false, false, false, false, false), thresholds)).toBe(false)
    expect(isHopeless(after(false, false, false, false, false, false), thresholds)).toBe(true)
  })
})
