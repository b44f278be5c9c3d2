/** Asks for the certificates to be read again, and tells what became of each file and what is in force now. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Answered } from "../Answered.ts"
import { tableOf, type Told, understandAll } from "../control/byProcess.ts"
import { Control } from "../control/Control.ts"
import type { Given as ControlGiven } from "../control/flags.ts"

interface Given extends ControlGiven {
  readonly dryRun: boolean
  readonly json: boolean
}

const Reloaded = Schema.Struct({
  files: Schema.Array(
    Schema.Struct({ file: Schema.String, outcome: Schema.String, problem: Schema.optionalKey(Schema.String) })
  ),
  certificates: Schema.Array(
    Schema.Struct({ file: Schema.String, names: Schema.Array(Schema.String), expires: Schema.String })
  )
})
type Reloaded = typeof Reloaded.Type

const operation = "tls-reload"

const lines = (told: ReadonlyArray<Told<Reloaded>>): ReadonlyArray<string> => [
  ...tableOf(
    ["file", "outcome", "problem"],
    told,
    ({ files }) => files.map(({ file, outcome, problem = "" }) => [file, outcome, problem])
  ),
  "",
  ...tableOf(
    ["in force", "names", "expires"],
    told,
    ({ certificates }) => certificates.map(({ expires, file, names }) => [file, names.join(", "), expires])
  )
]

const refusedSome = (told: ReadonlyArray<Told<Reloaded>>): boolean =>
  told.some(({ answer: { files } }) => files.some(({ outcome }) => outcome === "refused"))

export const run = Effect.fnUntraced(
  function*({ dryRun, json }: Given) {
    const answer = yield* (yield* Control).write(operation, {}, { dryRun })
    const told = yield* understandAll(operation, Reloaded)(answer)
    const refused = refusedSome(told)
    yield* Console.log(json ? JSON.stringify(answer, null, 2) : lines(told).join("\n"))
    if (dryRun) yield* Console.error("Dry run: nothing was changed.")
    else if (refused) yield* Console.error("What a refused file held before stays in force.")
    if (refused) return yield* new Answered({ exitCode: 1 })
  },
  (effect, given) => Effect.provide(effect, Control.layer(given))
)
