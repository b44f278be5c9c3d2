/** Shows and changes log levels. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import { LevelChange, Levels, understand } from "../control/answers.ts"
import { Control } from "../control/Control.ts"
import type { Given as ControlGiven } from "../control/flags.ts"
import { table } from "../table.ts"
import { usage } from "../verb.ts"

interface Given extends ControlGiven {
  readonly json: boolean
  readonly dryRun: boolean
  readonly logger: Option.Option<string>
  readonly level: Option.Option<string>
  readonly duration: Option.Option<string>
}

const print = (json: boolean, answer: Schema.Json, lines: ReadonlyArray<string>) =>
  Console.log(json ? JSON.stringify(answer, null, 2) : lines.join("\n"))

/** Of all, or of one; a plugin without a level of its own has the default. */
const list = Effect.fnUntraced(function*({ json, logger }: Given) {
  const answer = yield* (yield* Control).read("log-levels")
  const { default: everybody, plugins } = yield* understand("log-levels", Levels)(answer)
  const rows = Option.match(logger, {
    onNone: () => [["default", everybody], ...Object.entries(plugins)],
    onSome: (name) => [[name, plugins[name] ?? everybody]]
  })
  yield* print(json, answer, table(["logger", "level"], rows))
})

const change = Effect.fnUntraced(function*(given: Given, logger: string, level: string) {
  const { dryRun, duration, json } = given
  const input = { logger, level, ...(Option.isSome(duration) ? { for: duration.value } : {}) }
  const answer = yield* (yield* Control).write("log-level", input, { dryRun })
  const told = yield* understand("log-level", LevelChange)(answer)
  const until = told.until === undefined ? "" : `, until ${told.until}`
  const would = dryRun ? " (dry run: nothing was changed)" : ""
  yield* print(json, answer, [`${told.logger}: ${told.before} -> ${told.after}${until}${would}`])
})

export const run = Effect.fnUntraced(function*(given: Given) {
  const { duration, level, logger } = given
  const app = Control.layer(given)
  if (Option.isSome(logger) && Option.isSome(level)) {
    return yield* Effect.provide(change(given, logger.value, level.value), app)
  }
  if (Option.isSome(duration)) return yield* usage("log-level", "--for needs a logger and a level")
  yield* Effect.provide(list(given), app)
})
