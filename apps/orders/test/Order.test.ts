import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { NewOrder, OrderLine, totalCents } from "../src/Order.ts"

const line = { sku: "A-1", quantity: 2, unit_price_cents: 1250 }
const accepts = (input: unknown) => Exit.isSuccess(Schema.decodeUnknownExit(NewOrder)(input))

describe("a new order", () => {
  it.each<[string, unknown, boolean]>([
    ["the example of the documents", { customer: "acme", lines: [line] }, true],
    ["a free sample", { customer: "acme", lines: [{ ...line, unit_price_cents: 0 }] }, true],
    ["a hundred lines", { customer: "acme", lines: Array.from({ length: 100 }, () => line) }, true],
    ["no customer", { customer: "", lines: [line] }, false],
    ["no lines", { customer: "acme", lines: [] }, false],
    ["too many lines", { customer: "acme", lines: Array.from({ length: 101 }, () => line) }, false],
    ["half a piece", { customer: "acme", lines: [{ ...line, quantity: 0.5 }] }, false],
    ["nothing of a piece", { customer: "acme", lines: [{ ...line, quantity: 0 }] }, false],
    ["a negative price", { customer: "acme", lines: [{ ...line, unit_price_cents: -1 }] }, false],
    ["a NUL, which PostgreSQL cannot store", { customer: "a\u0000b", lines: [line] }, false],
    ["half of a surrogate pair", { customer: "acme", lines: [{ ...line, sku: "A\ud800" }] }, false],
    ["a whole surrogate pair", { customer: "acme \u{1F4E6}", lines: [line] }, true],
    ["a price as text", { customer: "acme", lines: [{ ...line, unit_price_cents: "1250" }] }, false]
  ])("%s", (_name, input, expected) => expect(accepts(input)).toBe(expected))

  it("has a total that stays exact at the largest order there can be", () => {
    const largest = Array.from(
      { length: 100 },
      () => new OrderLine({ sku: "x", quantity: 10_000, unit_price_cents: 100_000_000 })
    )
    expect(totalCents(largest)).toBe(100_000_000_000_000)
    expect(Number.isSafeInteger(totalCents(largest))).toBe(true)
  })
})
