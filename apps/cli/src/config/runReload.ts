/** Asks for the reload, or for what it would change. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Change, SettingsVersion, understand } from "../control/answers.ts"
import { Control } from "../control/Control.ts"
import type { Given as ControlGiven } from "../control/flags.ts"
import { lines } from "./changes.ts"

interface Given extends ControlGiven {
  readonly dryRun: boolean
  readonly json: boolean
}

const Preview = Schema.Struct({ changes: Schema.Array(Change) })

const show = (changes: ReadonlyArray<Change>) =>
  changes.length === 0 ? Effect.void : Console.log(lines(changes).join("\n"))

const preview = Effect.fnUntraced(function*(answer: Schema.Json) {
  const { changes } = yield* understand("reload", Preview)(answer)
  yield* show(changes)
  yield* Console.error(changes.length === 0 ? "A reload would change nothing." : "Dry run: nothing was changed.")
})

const told = Effect.fnUntraced(function*(answer: Schema.Json, before: number) {
  const { changes, version } = yield* understand("reload", SettingsVersion)(answer)
  if (version === before) return yield* Console.error(`Nothing changed: version ${version} of the settings stays.`)
  yield* show(changes)
  yield* Console.error(`Version ${version} of the settings is in force.`)
})

const Versions = Schema.Array(SettingsVersion)

export const run = Effect.fnUntraced(
  function*({ dryRun, json }: Given) {
    const control = yield* Control
    // An unchanged reload answers the version that was there before, with the changes of back then.
    const [current] = yield* Effect.flatMap(
      control.read("settings-versions"),
      understand("settings-versions", Versions)
    )
    const answer = yield* control.write("reload", {}, { dryRun })
    if (json) return yield* Console.log(JSON.stringify(answer, null, 2))
    yield* dryRun ? preview(answer) : told(answer, current?.version ?? 0)
  },
  (effect, given) => Effect.provide(effect, Control.layer(given))
)
