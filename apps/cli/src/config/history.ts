/** `heptad config history`: the last versions of the settings of the running app. */
import * as Command from "effect/cli/Command"
import { flags } from "../control/flags.ts"
import { json, loaded } from "../verb.ts"

export const history = Command.make("history", { ...flags, json }, loaded(() => import("./runHistory.ts"))).pipe(
  Command.withDescription("List the last versions of the running app's settings, newest first")
)
