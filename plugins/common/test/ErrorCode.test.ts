/** The registry of error codes: numbers and names that both worlds' dashboards rely on. */
import { assert, describe, it } from "@effect/vitest"
import { ErrorCode } from "@heptad/common"

/** First and last number of each system's band. */
const bands: Readonly<Record<string, readonly [number, number]>> = {
  common: [-1, -99],
  thread: [-100, -199],
  logger: [-200, -299],
  monitoring: [-300, -399],
  container: [-400, -499],
  database: [-500, -599],
  network: [-600, -699]
}

describe("ErrorCode", () => {
  it("gives every code a number of its own", () => {
    const numbers = ErrorCode.all.map((code) => code.number)
    assert.strictEqual(new Set(numbers).size, numbers.length)
  })

  it.each(ErrorCode.all.map((code) => [code.name, code] as const))(
    "%s stands in exactly its system's band",
    (name, code) => {
      const holding = Object.entries(bands).filter(([, [first, last]]) => code.number <= first && code.number >= last)
      assert.deepStrictEqual(holding.map(([system]) => system), [name.split(".")[0]])
    }
  )

  it("answers only with statuses that HTTP knows", () => {
    for (const { httpStatus, name } of ErrorCode.all) assert.isTrue(httpStatus >= 400 && httpStatus < 600, name)
  })

  it("finds a code by its name and by its number", () => {
    assert.strictEqual(ErrorCode.find("thread.queue_full")?.number, -160)
    assert.strictEqual(ErrorCode.find("-160")?.name, "thread.queue_full")
    assert.isUndefined(ErrorCode.find("thread.no_such_code"))
  })

  it("gives an error without a code the code of an internal error", () => {
    assert.strictEqual(ErrorCode.ofError(new Error("boom")).name, "common.internal_error")
    assert.strictEqual(ErrorCode.ofError({ errorCode: { number: 7 } }).name, "common.internal_error")
  })
})
