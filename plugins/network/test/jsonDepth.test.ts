/** How deep JSON is, beside what a parser of it finds. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { isTooDeep, JsonDepth } from "../src/internal/jsonDepth.ts"

const depthOf = (value: unknown): number =>
  typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0

/** Fed in parts of this size. */
const streamed = (text: string, most: number, size: number): boolean => {
  const depth = new JsonDepth(most)
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, at + size)
    if (depth.goesTooDeep(part, (index) => part[index] ?? 0)) return true
  }
  return false
}

describe("the depth of JSON", () => {
  it("is what the parsed value has, whole and in parts, whatever its texts hold", () => {
    const awkward = fc.oneof(fc.jsonValue(), fc.string({ unit: fc.constantFrom("[", "{", "\"", "\\", "]", "}") }))
    fc.assert(
      fc.property(
        fc.array(awkward),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 5 }),
        (value, most, size) => {
          const text = JSON.stringify(value)
          const tooDeep = depthOf(value) > most
          assert.deepStrictEqual([isTooDeep(text, most), streamed(text, most, size)], [tooDeep, tooDeep])
        }
      )
    )
  })

  it("is found in a bomb after its first brackets", () => {
    for (const bomb of ["[".repeat(5_000_000), "{\"a\":".repeat(1_000_000), "[{\"a\":".repeat(1_000_000)]) {
      assert.isTrue(isTooDeep(bomb, 64))
      assert.isTrue(streamed(bomb.slice(0, 1000), 64, 16))
    }
  })

  it("is none where a text stands alone, or no JSON at all", () => {
    for (const text of ["\"[[[[\"", "x[[[[", "  1", "\u0000[[[["]) {
      assert.deepStrictEqual([isTooDeep(text, 2), streamed(text, 2, 1)], [false, false])
    }
  })
})
