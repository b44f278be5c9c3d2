import { PluginGraph } from "@heptad/kernel"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { fromTable, type Row } from "./plugins.ts"

const waves = (table: Record<string, Row>) =>
  Result.getOrThrow(PluginGraph.make(fromTable(table))).waves.map((wave) => wave.map((plugin) => plugin.name))

const faults = (table: Record<string, Row>) =>
  Result.match(PluginGraph.make(fromTable(table)), {
    onSuccess: () => [],
    onFailure: (reasons) => reasons.map((reason) => reason.message)
  })

describe("waves", () => {
  const cases: ReadonlyArray<[string, Record<string, Row>, ReadonlyArray<ReadonlyArray<string>>]> = [
    ["nothing makes no wave", {}, []],
    ["plugins without requirements start together", { a: {}, b: {} }, [["a", "b"]]],
    ["a chain starts one after the other, whatever the list order", {
      c: { requires: ["b"] },
      b: { requires: ["a"] },
      a: {}
    }, [["a"], ["b"], ["c"]]],
    ["a diamond joins after its slower side", {
      a: {},
      b: { requires: ["a"] },
      c: { requires: ["b"] },
      d: { requires: ["a", "c"] }
    }, [["a"], ["b"], ["c"], ["d"]]],
    ["an ambient plugin starts before those who never named it", { a: {}, log: { ambient: true } }, [["log"], ["a"]]],
    ["what an ambient plugin requires does not wait for it", {
      log: { ambient: true },
      base: {},
      watch: { ambient: true, requires: ["base"] },
      work: { requires: ["base"] }
    }, [["log"], ["base"], ["watch"], ["work"]]]
  ]
  it.each(cases)("%s", (_name, table, expected) => {
    expect(waves(table)).toEqual(expected)
  })
})

describe("faults", () => {
  const cases: ReadonlyArray<[string, Record<string, Row>, ReadonlyArray<string>]> = [
    ["a missing plugin is named with its package", { a: { requires: ["b"] } }, [
      `"a" requires the contract "b", which no plugin of this app keeps. Add a plugin that keeps it (contract of @test/b).`
    ]],
    ["a version out of range tells both and what to do", { a: { requires: ["b"] }, b: { version: "2.1.0" } }, [
      `"a" accepts @test/b ^1.0.0, but 2.1.0 is installed. Install a version in that range, or a release of "a" that accepts 2.1.0.`
    ]],
    ["a missing range is a fault of the dependant", { a: { requires: ["b"], ranges: { b: undefined } }, b: {} }, [
      `"a" names no usable version range for @test/b (none given). Write one into "peerDependencies" of its package.json, for example "^1.0.0".`
    ]],
    ["a circle is told with its path", { a: { requires: ["b"] }, b: { requires: ["c"] }, c: { requires: ["a"] } }, [
      `Plugins require each other in a circle: a -> c -> b -> a. Remove one of these requirements.`
    ]]
  ]
  it.each(cases)("%s", (_name, table, expected) => {
    expect(faults(table)).toEqual(expected)
  })

  it("an unreadable range is a fault and not a crash", () => {
    expect(faults({ a: { requires: ["b"], ranges: { b: "latest!" } }, b: {} })).toEqual([
      expect.stringMatching(/^"a" names no usable version range for @test\/b \(.+\)\. Write one/)
    ])
  })

  it("two keepers of one contract are told together", () => {
    const [first] = fromTable({ a: {} })
    const result = PluginGraph.make(first === undefined ? [] : [first, first])
    expect(Result.isFailure(result) && result.failure.map((reason) => reason.message)).toEqual([
      `The contract "a" is kept by @test/a and @test/a. Keep one of them in the list.`
    ])
  })

  it("every fault is told at once", () => {
    expect(faults({ a: { requires: ["x"] }, b: { requires: ["c"] }, c: { version: "2.0.0", requires: ["y"] } }))
      .toHaveLength(3)
  })
})

it("draws itself as Mermaid", () => {
  const graph = Result.getOrThrow(PluginGraph.make(fromTable({ a: {}, b: { requires: ["a"] } })))
  expect(PluginGraph.toMermaid(graph)).toBe(`flowchart LR\n  0["a"]\n  1["b"]\n  0 -->|"requires"| 1`)
})
