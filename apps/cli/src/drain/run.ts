/** Asks for the stop, follows it, and judges it. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { Answered } from "../Answered.ts"
import { Drain, type Step, understand } from "../control/answers.ts"
import { Control } from "../control/Control.ts"
import type { Given as ControlGiven } from "../control/flags.ts"
import { brief } from "../duration.ts"
import { printable } from "../printable.ts"
import { table } from "../table.ts"
import { follow } from "./follow.ts"
import { cutOf, isClean, type Seen, unseenOf } from "./judge.ts"

interface Given extends ControlGiven {
  readonly json: boolean
  readonly dryRun: boolean
  readonly wait: boolean
}

/** How much longer than all budgets together the end of a process may take. */
const marginMillis = 10_000

const planned = ({ budgetMillis, steps }: Drain): ReadonlyArray<string> => [
  ...table(["step", "at most"], steps.map(({ budgetMillis, step }) => [step, brief(budgetMillis)])),
  "",
  `The stop may take ${brief(budgetMillis)}.`
]

const stepLine = ({ budgetMillis, cut, millis = 0, step }: Step): string => {
  const lost = cut.length === 0 ? "" : `  cut: ${cut.join(", ")}`
  return printable(`${step.padEnd(9)}  ${brief(millis).padStart(7)} of ${brief(budgetMillis)}${lost}`)
}

const sentence = (seen: Seen): string => {
  const [cut, unseen] = [cutOf(seen), unseenOf(seen)]
  if (!seen.ended) return `The process still runs after ${brief(seen.millis)}: see its log, or heptad stop --force.`
  const lost = cut.length === 0 ? "nothing was cut" : `cut: ${printable(cut.join(", "))}`
  if (unseen.length === 0) return `Ended after ${brief(seen.millis)}; ${lost}.`
  return `Ended after ${brief(seen.millis)}; the time of ${
    unseen.join(" and ")
  } was up and the end was not seen: the log of ` +
    `the app tells what was cut.`
}

const report = (seen: Seen) => ({
  clean: isClean(seen),
  ended: seen.ended,
  total_ms: seen.millis,
  unseen: unseenOf(seen),
  steps: seen.steps.map(({ budgetMillis, cut, millis, step }) => ({ step, budget_ms: budgetMillis, ms: millis, cut }))
})

const watch = Effect.fnUntraced(function*(json: boolean, { budgetMillis, steps }: Drain) {
  const { isAlive } = yield* Control
  const tell = (step: Step) => json ? Effect.void : Console.log(stepLine(step))
  const seen = yield* follow({ budgets: steps, isAlive, limit: budgetMillis + marginMillis, tell })
  yield* json ? Console.log(JSON.stringify(report(seen), null, 2)) : Console.error(sentence(seen))
  if (!isClean(seen)) return yield* new Answered({ exitCode: 1 })
})

export const run = Effect.fnUntraced(
  function*({ dryRun, json, wait }: Given) {
    const answer = yield* (yield* Control).write("drain", {}, { dryRun })
    const plan = yield* understand("drain", Drain)(answer)
    if (!dryRun && wait) return yield* watch(json, plan)
    yield* Console.log(json ? JSON.stringify(answer, null, 2) : planned(plan).join("\n"))
    yield* Console.error(dryRun ? "Dry run: nothing was asked of the app." : "The app was asked to stop.")
  },
  (effect, given) => Effect.provide(effect, Control.layer(given))
)
