/** Two settings, each with the present environment. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { columns } from "../columns.ts"
import { checked } from "../composition/checked.ts"
import { composeAll } from "../composition/compose.ts"
import { difference } from "../plan/difference.ts"

interface Input {
  readonly before: string
  readonly after: string
  readonly json: boolean
}

const read = (entry: string) => Effect.flatMap(composeAll({ config: [entry], set: [] }), checked)

/** A plugin that comes or goes is a change too, though of no single key. */
const rows = ({ changes, effect, name }: ReturnType<typeof difference>[number]) => [
  ...(effect === "added" || effect === "removed"
    ? [{ key: name, before: "", after: effect, plugin: name, effect }]
    : []),
  ...changes.map(({ after, before, key, plugin, reloadable }) => ({
    key,
    before,
    after,
    plugin,
    effect: reloadable ? "reload" as const : "restart" as const
  }))
]

export const run = Effect.fnUntraced(function*({ after, before, json }: Input) {
  const all = difference(yield* read(before), yield* read(after)).flatMap(rows)
  const text = columns(all.map((row) => [row.key, row.effect, row.plugin, `${row.before} -> ${row.after}`]))
  yield* Console.log(json ? JSON.stringify(all, null, 2) : text.join("\n") || "No difference.")
})
