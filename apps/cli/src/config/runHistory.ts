/** Asks for the versions and shows them. */
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { SettingsVersion, understand } from "../control/answers.ts"
import { Control } from "../control/Control.ts"
import type { Given } from "../control/flags.ts"
import { table } from "../table.ts"

const rowOf = ({ atMillis, changes, reason, version }: SettingsVersion) => [
  version,
  DateTime.formatIso(DateTime.makeUnsafe(atMillis)),
  reason,
  changes.map(({ key }) => key).join(", ")
]

export const run = Effect.fnUntraced(
  function*({ json }: Given & { readonly json: boolean }) {
    const answer = yield* (yield* Control).read("settings-versions")
    const versions = yield* understand("settings-versions", Schema.Array(SettingsVersion))(answer)
    const lines = table(["version", "since", "reason", "changed"], versions.map(rowOf))
    yield* Console.log(json ? JSON.stringify(answer, null, 2) : lines.join("\n"))
  },
  (effect, given) => Effect.provide(effect, Control.layer(given))
)
