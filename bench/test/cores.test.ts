/** Server and load generator stand on cores of their own, or the report says that they do not. */
import { describe, expect, it } from "vitest"
import { choose, pin } from "../src/cores.ts"
import { coreList } from "../src/processStat.ts"

describe("coreList", () => {
  it("reads ranges and single cores", () => expect(coreList("0-2,8")).toEqual([0, 1, 2, 8]))
  it("of nothing is empty", () => expect(coreList("\n")).toEqual([]))
})

describe("choose", () => {
  it("gives the first two usable cores", () => {
    expect(choose([2, 5, 7], true)).toEqual({
      server: 2,
      load: 5,
      usable: [2, 5, 7],
      said: "server pinned to core 2, load generator to core 5"
    })
  })
  it("says why nothing is pinned", () => {
    expect(choose([0], true).said).toBe("not pinned: fewer than two cores are known to be usable")
    expect(choose([0, 1], false).said).toBe("not pinned: taskset is not installed")
  })
})

describe("pin", () => {
  it("puts taskset in front of a command that has a core", () => {
    expect(pin(1, ["node", "a.ts"])).toEqual(["taskset", "-c", "1", "node", "a.ts"])
    expect(pin(undefined, ["node", "a.ts"])).toEqual(["node", "a.ts"])
  })
})
