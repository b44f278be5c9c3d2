/** Sides are only compared when they do the same work: the same answers, the same refusals, the same bounds. */
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { invalid, isOrder, sample } from "../src/order.ts"
import { Order } from "../src/orderSchema.ts"
import { isExpected, isRefusal } from "../src/sameWork.ts"

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

describe("the agreed answer", () => {
  const body = JSON.stringify(sample)
  it("is text byte by byte", () => {
    expect(isExpected({ status: 200, body: "hello" }, "hello")).toBe(true)
    expect(isExpected({ status: 200, body: "hello\n" }, "hello")).toBe(false)
  })
  it("is JSON in any order of keys", () => {
    const { customer, ...rest } = sample
    expect(isExpected({ status: 200, body: JSON.stringify({ ...rest, customer }) }, sample)).toBe(true)
    expect(isExpected({ status: 200, body: JSON.stringify(rest) }, sample)).toBe(false)
    expect(isExpected({ status: 200, body: "{" }, sample)).toBe(false)
  })
  it("has status 200", () => expect(isExpected({ status: 201, body }, sample)).toBe(false))
  it("to a wrong body is a client error", () => {
    expect([400, 422, 499].every((status) => isRefusal({ status, body: "" }))).toBe(true)
    expect([200, 399, 500].some((status) => isRefusal({ status, body: "" }))).toBe(false)
  })
})

describe("the echo body", () => {
  const isSchemaOrder = Schema.is(Order)
  it("is 1 KiB", () => expect(Buffer.byteLength(JSON.stringify(sample))).toBe(1024))
  it("is accepted by the hand-written check and by the Effect Schema", () => {
    expect(isOrder(sample)).toBe(true)
    expect(isSchemaOrder(sample)).toBe(true)
  })
  it.each(invalid)("with %s is refused by both", (_what, body) => {
    expect(isOrder(parsed(body))).toBe(false)
    expect(isSchemaOrder(parsed(body))).toBe(false)
  })
})
