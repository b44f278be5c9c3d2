/** When a goal is met, and by which figures. */
import { describe, expect, it } from "vitest"
import { comparisonsOf, sides } from "../src/comparisons.ts"
import { atLeast, atMost, speedOf } from "../src/goals.ts"
import { before, ours, oursFeatures } from "../src/servers.ts"

const row = { work: "hello", peer: "fastify", ratio: 2.5, ratio_best: 3.1, ratio_cpu: 3.2, p99_ratio: 0.5, goal: 3 }

describe("speedOf", () => {
  it("is the middle one of the three ratios: two of them decide", () => expect(speedOf(row)).toBe(3.1))
  it("does without those that were not measured", () => {
    expect(speedOf({ ...row, ratio_cpu: null })).toBeCloseTo(2.8)
    expect(speedOf({ ...row, ratio: null, ratio_best: null, ratio_cpu: null })).toBeNull()
  })
})

describe("a goal", () => {
  it("is met at its bound", () => {
    expect(atLeast("speed", 3, 3)).toEqual({ goal: "speed", asked: ">= 3", measured: 3, verdict: "met" })
    expect(atMost("memory", 10, 10, " KiB")).toEqual({
      goal: "memory",
      asked: "<= 10 KiB",
      measured: 10,
      verdict: "met"
    })
  })
  it("is not met beyond it, also when the figure is rounded to it", () => {
    expect(atLeast("speed", 2.9996, 3)).toMatchObject({ measured: 3, verdict: "not met" })
    expect(atMost("latency", 1.01, 1).verdict).toBe("not met")
  })
  it("is not measured without a figure", () => expect(atMost("latency", null, 1).verdict).toBe("not measured"))
})

describe("comparisons", () => {
  const named = (all: ReturnType<typeof comparisonsOf>) => all.map(({ peer, side }) => `${side.name} / ${peer.name}`)
  it("are those of which both sides take part", () =>
    expect(named(comparisonsOf([oursFeatures, sides["fastify-standard"], sides.hono], new Map()))).toEqual([
      "heptad features / fastify standard"
    ]))
  it("have a side of ours beside its own state before", () =>
    expect(named(comparisonsOf([ours], new Map([[ours, before("/elsewhere", ours)]])))).toEqual([
      "heptad / heptad before"
    ]))
  it("ask with features for three times fastify standard, and for its p99", () => {
    const [first] = comparisonsOf([oursFeatures, sides["fastify-standard"]], new Map())
    expect([...first?.goals?.values() ?? []]).toEqual([3, 2.3])
    expect(first?.latency).toBe(true)
  })
})

describe("the state before", () => {
  it("starts the file of the other checkout with the same arguments", () => {
    const place = { port: 1, folder: "/data", metricsPort: 2 }
    expect(before("/elsewhere", ours).args(place)).toEqual([
      "--conditions=source",
      "/elsewhere/bench/src/peers/heptad.ts",
      "1",
      "/data",
      "2"
    ])
  })
})
