/** What `--only` and `--works` leave. */
import * as Option from "effect/Option"
import { describe, expect, it } from "vitest"
import { choose, chosen } from "../src/choice.ts"

describe("chosen", () => {
  it("reads names separated by commas", () =>
    expect(chosen(["raw", "ours"], "ours, raw")).toEqual(Option.some(["ours", "raw"])))
  it("knows no other names, and not the empty one", () => {
    expect(chosen(["raw"], "raw,wrong")).toEqual(Option.none())
    expect(chosen(["raw"], "")).toEqual(Option.none())
  })
})

describe("choose", () => {
  const all = { raw: 1, fastify: 2, ours: 3 }
  it("keeps the order of the benchmark", () => expect(choose(all, ["ours", "raw"])).toEqual([1, 3]))
  it("keeps everything when nothing is named", () => expect(choose(all, [])).toEqual([1, 2, 3]))
})
