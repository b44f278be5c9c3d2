import { describe, it } from "@effect/vitest"
import { Container, Value } from "@heptad/container"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { expect } from "vitest"

const sample = Container.make({ source: "shop", target: "store", type: "order" }, {
  quantity: Value.int(2),
  customer: Value.string("acme")
})

describe("container", () => {
  it("answers a value of the type that is asked for", () => {
    expect(Result.getOrThrow(Container.get(sample, "quantity", "int"))).toBe(2)
    expect(Container.getOption(sample, "customer", "string")).toEqual(Option.some("acme"))
    expect(Container.find(sample, "customer")).toEqual(Option.some(Value.string("acme")))
  })

  it("says which name is missing and which type is there instead, with the codes of the registry", () => {
    const missing = Option.getOrThrow(Result.getFailure(Container.get(sample, "price", "int")))
    expect([missing._tag, missing.errorCode.number]).toEqual(["KeyNotFound", -460])
    const other = Option.getOrThrow(Result.getFailure(Container.get(sample, "quantity", "string")))
    expect([other._tag, other.errorCode.number]).toEqual(["ValueTypeMismatch", -400])
    expect(other.message).toContain(`"quantity" is of type int, not string`)
    expect(Container.getOption(sample, "price", "int")).toEqual(Option.none())
    expect(Container.getOption(sample, "quantity", "string")).toEqual(Option.none())
  })

  it("never changes: set and remove answer a new container", () => {
    const more = Container.set(sample, "quantity", Value.int(3))
    expect(Result.getOrThrow(Container.get(more, "quantity", "int"))).toBe(3)
    expect(Result.getOrThrow(Container.get(sample, "quantity", "int"))).toBe(2)
    expect(Option.isNone(Container.find(Container.remove(sample, "quantity"), "quantity"))).toBe(true)
    expect(sample.values.size).toBe(2)
  })

  it("answers with source and target swapped", () => {
    expect(Container.reply(sample).header).toEqual({ source: "store", target: "shop", type: "order", version: "1.0" })
  })
})
