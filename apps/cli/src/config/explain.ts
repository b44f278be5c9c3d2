/** `heptad config explain <key>`: all that there is to know about a setting. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import { flags } from "../settingsFlags.ts"
import { json, loaded } from "../verb.ts"

const key = Argument.String("key").pipe(
  Argument.withDescription("A setting, or a group of them, for example thread.pool_size or network.tcp")
)

export const explain = Command.make("explain", { key, ...flags, json }, loaded(() => import("./runExplain.ts"))).pipe(
  Command.withDescription("Explain a setting: value, origin, default, type, environment names, whether it is applied")
)
