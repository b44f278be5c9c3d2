/** Answers with all faults, or with the advice of settings that have none. */
import { Kernel, type KernelError, Plan } from "@heptad/kernel"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Answered } from "../Answered.ts"
import { compose, type Target, within } from "../composition/compose.ts"
import * as faults from "../composition/faults.ts"
import * as answer from "./answer.ts"
import * as probes from "./probes.ts"

interface Input extends Target {
  readonly probe: boolean
  readonly json: boolean
}

const faulty = Effect.fnUntraced(function*({ reasons }: KernelError, json: boolean) {
  yield* Console.log(json ? answer.json({ reasons }) : faults.text(reasons))
  return yield* new Answered({ exitCode: 78 })
})

export const run = Effect.fnUntraced(function*({ json, probe, ...target }: Input) {
  const composition = yield* compose("check", target)
  const checked = yield* Effect.result(within(composition)(Kernel.check(composition.plugins)))
  if (Result.isFailure(checked)) return yield* faulty(checked.failure, json)
  const { tree } = checked.success
  const plan = Plan.make(checked.success)
  const probed = probe ? yield* probes.run(plan.needs, tree) : undefined
  yield* Console.log(json ? answer.json({ plan, probed }) : answer.clean(plan, probed))
  if (probed?.some(({ outcome }) => outcome === "failed") === true) return yield* new Answered({ exitCode: 69 })
})
