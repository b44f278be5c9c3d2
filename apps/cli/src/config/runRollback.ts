/** Asks for the rollback, or for where it would lead. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { SettingsVersion, understand } from "../control/answers.ts"
import { Control } from "../control/Control.ts"
import type { Given as ControlGiven } from "../control/flags.ts"
import { lines } from "./changes.ts"

interface Given extends ControlGiven {
  readonly dryRun: boolean
  readonly json: boolean
  readonly version: Option.Option<number>
}

const Preview = Schema.Struct({ to: Schema.NullOr(Schema.Int) })

const preview = Effect.fnUntraced(function*(answer: Schema.Json) {
  const { to } = yield* understand("rollback", Preview)(answer)
  yield* Console.log(to === null ? "There is no earlier version to go back to." : `Would go back to version ${to}.`)
})

const told = Effect.fnUntraced(function*(answer: Schema.Json) {
  const { changes, reason, version } = yield* understand("rollback", SettingsVersion)(answer)
  if (changes.length > 0) yield* Console.log(lines(changes).join("\n"))
  yield* Console.error(`Version ${version} of the settings is in force (${reason}). The files still say otherwise.`)
})

export const run = Effect.fnUntraced(
  function*({ dryRun, json, version }: Given) {
    const input = Option.isSome(version) ? { version: version.value } : {}
    const answer = yield* (yield* Control).write("rollback", input, { dryRun })
    if (json) return yield* Console.log(JSON.stringify(answer, null, 2))
    yield* dryRun ? preview(answer) : told(answer)
  },
  (effect, given) => Effect.provide(effect, Control.layer(given))
)
