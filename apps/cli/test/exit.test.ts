import { InvalidSetting, KernelError } from "@heptad/kernel"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import { expect, it } from "vitest"
import { explain, insistence, teardown } from "../src/exit.ts"

const fault = new InvalidSetting({ key: "a.b", origin: "a.yaml:1:1", problem: "unknown key" })

const codeOf = (exit: Exit.Exit<unknown, unknown>) => {
  const codes: Array<number> = []
  teardown(exit, (code) => codes.push(code))
  return codes
}

it("tells why an app did not start", () => {
  expect(explain(new KernelError({ reasons: [fault] }))).toMatch(
    /^heptad did not start \(1 reason\):\n\n- a\.yaml:1:1: /
  )
})

it("gives an expected error as its sentence and explains no bug", () => {
  expect(explain(fault)).toBe("heptad: a.yaml:1:1: a.b: unknown key")
  expect(explain(new TypeError("x is not a function"))).toBeUndefined()
})

it("ends with 0 after a clean stop by signal, with the error's own code otherwise", () => {
  expect(codeOf(Exit.void)).toEqual([0])
  expect(codeOf(Exit.failCause(Cause.interrupt(1)))).toEqual([0])
  expect(codeOf(Exit.fail(new KernelError({ reasons: [fault] })))).toEqual([78])
  expect(codeOf(Exit.fail("expected, and asks for no code"))).toEqual([1])
  expect(codeOf(Exit.die("bug"))).toEqual([70])
})

it("takes the copy of a Ctrl-C that npm passes on for the same wish, and a later signal for insisting", () => {
  const insists = insistence()
  expect([1000, 1002, 1400, 1501, 9000].map(insists)).toEqual([false, false, false, true, true])
})
