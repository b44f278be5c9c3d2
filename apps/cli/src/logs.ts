/** `heptad logs`: the last log records of the running app, and with -f those to come. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Schema from "effect/Schema"
import { flags as controlFlags } from "./control/flags.ts"
import { levels } from "./log-level/levels.ts"
import { json, loaded, toggle } from "./verb.ts"

const Limit = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))

const flags = {
  ...controlFlags,
  json,
  follow: toggle("follow", "Go on with new records until Ctrl-C or the end of the app").pipe(Flag.withAlias("f")),
  level: Flag.Literals("level", levels).pipe(
    Flag.withDescription("Only records of this level and above"),
    Flag.optional
  ),
  plugin: Flag.String("plugin").pipe(Flag.withDescription("Only records of this plugin"), Flag.optional),
  trace: Flag.String("trace").pipe(Flag.withDescription("Only records of this trace id"), Flag.optional),
  limit: Flag.Int("limit").pipe(
    Flag.withDescription("At most so many of the last records; default: 100"),
    Flag.withSchema(Limit),
    Flag.optional
  )
}

export const logs = Command.make("logs", flags, loaded(() => import("./logs/run.ts"))).pipe(
  Command.withDescription("Show the last log records of the running app; with -f also those to come")
)
