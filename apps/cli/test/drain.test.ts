import { expect, it } from "vitest"
import type { Step } from "../src/control/answers.ts"
import { cutOf, isClean, type Seen, unseenOf } from "../src/drain/judge.ts"

const step = (name: string, budgetMillis: number, more: Partial<Step> = {}): Step => ({
  step: name,
  budgetMillis,
  cut: [],
  ...more
})

const seen = (millis: number, ...steps: ReadonlyArray<Step>): Seen => ({ steps, waves: 4, millis, ended: true })

const nothing = [step("lame_duck", 0), step("accept", 1000), step("jobs", 1000), step("close", 4000)]

it("knows that a stop of which nothing could be seen cut nothing, when it was shorter than every budget", () => {
  expect(unseenOf(seen(900, ...nothing))).toEqual([])
  expect(isClean(seen(900, ...nothing))).toBe(true)
})

it("does not call a stop clean when a step had the time to use up its budget and nobody saw its end", () => {
  expect(unseenOf(seen(1000, ...nothing))).toEqual(["accept", "jobs", "close"])
  const late = [
    step("accept", 1000, { startedAtMillis: 0, millis: 5 }),
    step("jobs", 1000, { startedAtMillis: 5 }),
    step("close", 4000)
  ]
  expect(unseenOf(seen(1004, ...late))).toEqual([])
  expect(unseenOf(seen(1006, ...late))).toEqual(["jobs", "close"])
  expect(isClean(seen(1006, ...late))).toBe(false)
})

it("counts what was cut, and an end that did not come, against it", () => {
  const cut = seen(10, step("jobs", 1000, { startedAtMillis: 0, millis: 1, cut: ["a", "b"] }))
  expect(cutOf(cut)).toEqual(["a", "b"])
  expect(isClean(cut)).toBe(false)
  expect(isClean({ ...seen(900, ...nothing), ended: false })).toBe(false)
})
