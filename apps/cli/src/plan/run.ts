/** The plan of a composition, or what changing to other settings would do to it. */
import { Plan } from "@heptad/kernel"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { checked } from "../composition/checked.ts"
import { compose, type Target } from "../composition/compose.ts"
import { difference } from "./difference.ts"
import * as text from "./text.ts"

interface Input extends Target {
  readonly diff: ReadonlyArray<string>
  readonly json: boolean
}

const read = (target: Target) => Effect.flatMap(compose("plan", target), checked)

const show = (json: boolean, data: unknown, lines: ReadonlyArray<string>) =>
  Console.log(json ? JSON.stringify(data, null, 2) : lines.join("\n"))

/** What was given with --set holds for both. */
const compare = Effect.fnUntraced(function*({ diff, json, ...target }: Input) {
  const changes = difference(yield* read(target), yield* read({ ...target, config: diff }))
  yield* show(json, { plugins: changes }, text.difference(changes))
})

export const run = Effect.fnUntraced(function*(input: Input) {
  if (input.diff.length > 0) return yield* compare(input)
  const found = yield* read(input)
  const plan = { ...Plan.make(found), deployment: text.deploymentOf(found.tree) }
  yield* show(input.json, plan, text.plan(plan))
})
