import { explanationsOf } from "@heptad/kernel"
import { describe, expect, test } from "tstyche"

class Plain extends Error {
  readonly _tag = "Plain"
}
class Coded extends Error {
  readonly _tag = "Coded"
  readonly errorCode: { readonly name: "a.one" | "a.two" } = { name: "a.one" }
}
interface Errors {
  readonly Plain: typeof Plain
  readonly Coded: typeof Coded
  readonly reasons: ReadonlyArray<string>
}

const text = { title: "It happened", cause: "Something else happened.", remedy: "Undo that." }
const one = { ...text, code: "a.one" } as const
const two = { ...text, code: "a.two" } as const

describe("explanationsOf", () => {
  test("takes one text for each error, or one for each code of it", () => {
    expect(explanationsOf<Errors>).type.toBeCallableWith({ Plain: text, Coded: one })
    expect(explanationsOf<Errors>).type.toBeCallableWith({ Plain: text, Coded: [one, two] })
  })

  test("refuses an error without text, and a text without error", () => {
    expect(explanationsOf<Errors>).type.not.toBeCallableWith({ Coded: one })
    expect(explanationsOf<Errors>).type.not.toBeCallableWith({ Plain: text, Coded: one, Gone: text })
  })

  test("refuses a code that the error never carries, and one that is missing", () => {
    expect(explanationsOf<Errors>).type.not.toBeCallableWith({ Plain: text, Coded: { ...text, code: "a.three" } })
    expect(explanationsOf<Errors>).type.not.toBeCallableWith({ Plain: text, Coded: text })
  })
})
