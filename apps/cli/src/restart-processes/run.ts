/** Asks for the replacement of all processes and waits for its end. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { Answered } from "../Answered.ts"
import { Status, understand } from "../control/answers.ts"
import { Control } from "../control/Control.ts"
import type { Given as ControlGiven } from "../control/flags.ts"
import { printable } from "../printable.ts"
import { processTable } from "../status/processTable.ts"

interface Given extends ControlGiven {
  readonly json: boolean
  readonly dryRun: boolean
  readonly wait: boolean
}

const operation = "restart-processes"

const status = Effect.gen(function*() {
  return yield* understand("status", Status)(yield* (yield* Control).read("status"))
})

/** Each process has a time limit for its start and its stop, so this ends. */
const over = Effect.repeat(status, {
  until: ({ restart }) => restart?.state !== "running",
  schedule: Schedule.spaced("200 millis")
})

const tell = Effect.fnUntraced(function*(json: boolean, { processes = [], restart }: Status) {
  const failed = restart?.state === "failed"
  if (json) yield* Console.log(JSON.stringify({ replaced: !failed, ...restart, processes }, null, 2))
  else {
    yield* Console.log(processTable(processes).join("\n"))
    yield* Console.error(failed ? `heptad: ${printable(restart.problem ?? "")}` : "All processes were replaced.")
  }
  if (failed) return yield* new Answered({ exitCode: 1 })
})

export const run = Effect.fnUntraced(
  function*({ dryRun, json, wait }: Given) {
    const answer = yield* (yield* Control).write(operation, {}, { dryRun })
    if (!dryRun && wait) return yield* tell(json, yield* over)
    if (json) yield* Console.log(JSON.stringify(answer, null, 2))
    yield* Console.error(
      dryRun ? "Dry run: nothing was asked of the app." : "The app was asked to replace its processes."
    )
  },
  (effect, given) => Effect.provide(effect, Control.layer(given))
)
