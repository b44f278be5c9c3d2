/** Asks for the status and shows it. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { type Change, Status, understand } from "../control/answers.ts"
import { Control } from "../control/Control.ts"
import type { Given } from "../control/flags.ts"
import { verdict } from "../control/verdict.ts"
import { table } from "../table.ts"
import { processTable } from "./processTable.ts"

const pendingLine = (pending: ReadonlyArray<Change>): string =>
  pending.length === 0
    ? "nothing waits for a restart"
    : `${pending.map(({ key }) => key).join(", ")} ${pending.length === 1 ? "waits" : "wait"} for a restart ` +
      `(heptad config pending)`

/** What a person reads. */
export const lines = (status: Status): ReadonlyArray<string> => [
  verdict(status),
  "",
  ...table(
    ["plugin", "state", "version", "start ms", "problem"],
    status.plugins.map((
      { buildMillis, name, problem = "", state, version }
    ) => [name, state, version, Math.round(buildMillis), problem])
  ),
  "",
  ...(status.processes === undefined ? [] : [...processTable(status.processes), ""]),
  `Settings version ${status.settings_version}; ${pendingLine(status.pending)}.`
]

export const run = Effect.fnUntraced(
  function*({ json }: Given & { readonly json: boolean }) {
    const answer = yield* (yield* Control).read("status")
    const status = yield* understand("status", Status)(answer)
    yield* Console.log(json ? JSON.stringify(answer, null, 2) : lines(status).join("\n"))
  },
  (effect, given) => Effect.provide(effect, Control.layer(given))
)
