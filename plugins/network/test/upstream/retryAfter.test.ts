import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { parseRetryAfter } from "../../src/internal/upstream/retryAfter.ts"

const now = Date.UTC(1994, 10, 6, 8, 49, 0)

describe("Retry-After", () => {
  it.each([
    ["0", 0],
    ["120", 120_000],
    [" 7 ", 7000],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 37_000],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 37_000],
    ["Sun Nov  6 08:49:37 1994", 37_000],
    ["Sun, 06 Nov 1994 08:48:00 GMT", 0]
  ])("reads %j", (text, millis) => {
    assert.strictEqual(parseRetryAfter(text, now), millis)
  })

  it.each([
    "",
    "-1",
    "1.5",
    "1e3",
    "0x10",
    "99999999999",
    "soon",
    "1 2",
    "1994-11-06T08:49:37Z",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 CET",
    "Sun, 99 Nov 1994 99:99:99 GMT",
    "Infinity",
    "NaN"
  ])("does not believe %j", (text) => {
    assert.isUndefined(parseRetryAfter(text, now))
  })

  it("without a header there is nothing to read", () => {
    assert.isUndefined(parseRetryAfter(undefined, now))
  })

  const near = fc.stringMatching(
    /^(Sun|Mon|Sunday)?,? ?\d{0,3}[ -]?(Nov|Jan)?[ -]?\d{0,6} ?\d{0,3}:\d{0,3}:\d{0,3} ?(GMT|UTC)?$/
  )

  it("never throws, and answers a wait of 0 or more or nothing", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: "binary" }), near, fc.nat().map(String)),
        fc.nat(),
        (text, at) => {
          const wait = parseRetryAfter(text, at)
          assert.isTrue(wait === undefined || (Number.isFinite(wait) && wait >= 0))
        }
      ),
      { numRuns: 5000 }
    )
  })
})
