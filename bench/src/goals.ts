/** What an issue asks for, and whether a run met it. Pure. */
import * as Schema from "effect/Schema"
import type { Row } from "./report.ts"
import { median } from "./statistics.ts"

export const Goal = Schema.Struct({
  goal: Schema.String,
  asked: Schema.String,
  measured: Schema.NullOr(Schema.Finite),
  verdict: Schema.Literals(["met", "not met", "not measured"])
})
export type Goal = typeof Goal.Type

const digits = (value: number): number => Math.round(value * 1000) / 1000

const goalOf = (goal: string, asked: string, measured: number | null, met: (measured: number) => boolean): Goal => ({
  goal,
  asked,
  measured: measured === null ? null : digits(measured),
  verdict: measured === null ? "not measured" : met(measured) ? "met" : "not met"
})

export const atLeast = (goal: string, measured: number | null, bound: number): Goal =>
  goalOf(goal, `>= ${bound}`, measured, (value) => value >= bound)

export const atMost = (goal: string, measured: number | null, bound: number, unit = ""): Goal =>
  goalOf(goal, `<= ${bound}${unit}`, measured, (value) => value <= bound)

/** The middle one of the ratios that are there, so that two of three decide. */
export const speedOf = ({ ratio, ratio_best, ratio_cpu }: Row): number | null => {
  const known = [ratio, ratio_best, ratio_cpu].filter((one) => one !== null)
  return known.length === 0 ? null : median(known)
}
