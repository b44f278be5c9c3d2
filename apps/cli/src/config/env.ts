/** `heptad config env`: which environment variables set what. */
import * as Command from "effect/cli/Command"
import { flags } from "../settingsFlags.ts"
import { json, loaded } from "../verb.ts"

export const env = Command.make("env", { ...flags, json }, loaded(() => import("./runEnv.ts"))).pipe(
  Command.withDescription("List the environment variables that set a setting, and which of them are set now")
)
