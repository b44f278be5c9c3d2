/** `heptad log-level`: the levels of the running app's loggers, and a change of one, for good or for a while. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Schema from "effect/Schema"
import { flags as controlFlags } from "./control/flags.ts"
import { levels } from "./log-level/levels.ts"
import { dryRun, json, loaded } from "./verb.ts"

const While = Schema.String.check(
  Schema.isPattern(/^\d+(\.\d+)?(ms|s|m|h|d)$/, { message: `Expected a duration such as "30s", "10m" or "1h"` })
)

const flags = {
  ...controlFlags,
  json,
  dryRun,
  logger: Argument.String("logger").pipe(
    Argument.withDescription("A plugin, or default for all without a level of their own"),
    Argument.optional
  ),
  level: Argument.Literals("level", levels).pipe(Argument.withDescription("The new level"), Argument.optional),
  duration: Flag.String("for").pipe(
    Flag.withDescription("Go back by itself after this time, for example 10m"),
    Flag.withSchema(While),
    Flag.optional
  )
}

export const logLevel = Command.make("log-level", flags, loaded(() => import("./log-level/run.ts"))).pipe(
  Command.withDescription(
    "Show the log levels of the running app, or change one: heptad log-level network debug --for 10m"
  )
)
