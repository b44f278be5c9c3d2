/** Runs a drain test and says what it found. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { Answered } from "../Answered.ts"
import * as Folder from "./folder.ts"
import * as Plan from "./plan.ts"
import * as Report from "./Report.ts"
import * as RollingTest from "./rollingTest.ts"

interface Input extends Plan.Wish {
  readonly json: boolean
}

const tellLogs = (logs: Effect.Success<ReturnType<typeof RollingTest.run>>["logs"]) =>
  Console.error(logs.map(({ lines, name }) => [`--- log of ${name}`, ...lines].join("\n")).join("\n"))

/** A signal is a clean end for an app; a test that was ended has no answer, and must not look like one that passed. */
const aborted = () =>
  Effect.sync(() => {
    process.once("exit", () => {
      process.exitCode = 130
    })
  })

export const run = Effect.fnUntraced(function*({ json, ...wish }: Input) {
  const folder = yield* Folder.temporary
  const { logs, report } = yield* RollingTest.run(yield* Plan.make(wish, folder))
  yield* Console.log(json ? JSON.stringify(report) : Report.text(report))
  if (Report.passed(report)) return
  yield* tellLogs(logs)
  yield* Console.error(`heptad: ${Report.verdict(report)}`)
  return yield* new Answered({ exitCode: 1 })
}, (test) => Effect.onInterrupt(Effect.scoped(test), aborted))
