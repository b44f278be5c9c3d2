/** The plan of a composition, or what changing to other settings would do to it. */
import { Kernel, Plan } from "@heptad/kernel"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { compose, type Target, within } from "../composition/compose.ts"
import { difference } from "./difference.ts"
import * as text from "./text.ts"

interface Input extends Target {
  readonly diff: ReadonlyArray<string>
  readonly json: boolean
}

const checked = Effect.fnUntraced(function*(target: Target) {
  const composition = yield* compose("plan", target)
  return yield* within(composition)(Kernel.check(composition.plugins))
})

const show = (json: boolean, data: unknown, lines: ReadonlyArray<string>) =>
  Console.log(json ? JSON.stringify(data, null, 2) : lines.join("\n"))

/** What was given with --set holds for both. */
const compare = Effect.fnUntraced(function*({ diff, json, ...target }: Input) {
  const changes = difference(yield* checked(target), yield* checked({ ...target, config: diff }))
  yield* show(json, { plugins: changes }, text.difference(changes))
})

export const run = Effect.fnUntraced(function*(input: Input) {
  if (input.diff.length > 0) return yield* compare(input)
  const found = yield* checked(input)
  const plan = { ...Plan.make(found), deployment: text.deploymentOf(found.tree) }
  yield* show(input.json, plan, text.plan(plan))
})
