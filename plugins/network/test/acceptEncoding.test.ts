import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import type { Algorithm } from "../src/config/compression.ts"
import { wishOf } from "../src/internal/acceptEncoding.ts"

const order: ReadonlyArray<Algorithm> = ["zstd", "br", "gzip", "deflate"]

const cases: ReadonlyArray<readonly [header: string | undefined, algorithm: Algorithm | undefined, identity: boolean]> =
  [
    [undefined, undefined, true],
    ["", undefined, true],
    ["gzip", "gzip", true],
    ["GZIP", "gzip", true],
    ["x-gzip", "gzip", true],
    ["gzip, deflate, br, zstd", "zstd", true],
    ["gzip, deflate, br", "br", true],
    ["gzip;q=1.0, br;q=0.5", "gzip", true],
    ["gzip ; q=0.5 , br\t;\tq=0.500", "br", true],
    ["br;q=0, gzip", "gzip", true],
    ["*", "zstd", true],
    ["*;q=0.5, zstd;q=0", "br", true],
    ["gzip;q=0, *", "zstd", true],
    ["identity", undefined, true],
    ["identity, gzip;q=0.5", undefined, true],
    ["identity;q=0.5, gzip", "gzip", true],
    ["identity;q=0.5, gzip;q=0.5", "gzip", true],
    ["identity;q=0", undefined, false],
    ["identity;q=0, gzip", "gzip", false],
    ["*;q=0", undefined, false],
    ["*;q=0, gzip;q=0.1", "gzip", false],
    ["*;q=0, identity", undefined, true],
    ["gzip;q=0", undefined, true],
    ["compress, exi", undefined, true],
    ["gzip;q=2, br;q=-1, deflate;q=x", undefined, true],
    ["gzip;q=0, gzip", undefined, true],
    ["gzip;level=9, br;q=0.1", "br", true],
    ["gzip;q=1.0000, br", "br", true],
    [",,gzip,,", "gzip", true]
  ]

describe("Accept-Encoding", () => {
  it.each(cases)("%s asks for %s", (header, algorithm, identity) => {
    assert.deepStrictEqual(wishOf(header, order), { algorithm, identity })
  })

  it("the order of the settings decides among equals, and what they do not list is never taken", () => {
    assert.strictEqual(wishOf("gzip, deflate, br", ["gzip", "deflate", "br"]).algorithm, "gzip")
    assert.strictEqual(wishOf("gzip, deflate, br", ["deflate"]).algorithm, "deflate")
    assert.strictEqual(wishOf("gzip", ["br"]).algorithm, undefined)
    assert.strictEqual(wishOf("*", []).algorithm, undefined)
  })

  it("whatever the bytes are, an algorithm is only taken that the header names or allows by a star", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "gzip",
        "br",
        "zstd",
        "deflate",
        "identity",
        "*",
        ";q=",
        "0",
        "1",
        "0.5",
        ",",
        ";",
        " ",
        "\t",
        "q=0"
      ),
      fc.string({ unit: "binary", maxLength: 5 })
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const header = pieces.join("")
        const { algorithm } = wishOf(header, order)
        if (algorithm !== undefined) {
          assert.isTrue(header.toLowerCase().includes(algorithm) || header.includes("*"), header)
        }
      }),
      { numRuns: 2000 }
    )
  })

  it("prefers the highest quality that a well-formed header gives", () => {
    const quality = fc.integer({ min: 0, max: 1000 })
    fc.assert(fc.property(fc.tuple(quality, quality, quality, quality), (qualities) => {
      const header = order.map((name, index) => `${name};q=${((qualities[index] ?? 0) / 1000).toFixed(3)}`).join(", ")
      const best = Math.max(...qualities)
      assert.strictEqual(wishOf(header, order).algorithm, best === 0 ? undefined : order[qualities.indexOf(best)])
    }))
  })

  it("reads the longest header in no time", () => {
    const before = performance.now()
    for (const part of ["gzip;q=0.5,", "a".repeat(100), ";\t ", ",", "q=0.999;"]) {
      wishOf(part.repeat(Math.ceil(16_384 / part.length)), order)
    }
    assert.isBelow(performance.now() - before, 500)
  })
})
