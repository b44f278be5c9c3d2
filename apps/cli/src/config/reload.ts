/** `heptad config reload`: reads the settings again. */
import * as Command from "effect/cli/Command"
import { flags } from "../control/flags.ts"
import { dryRun, json, loaded } from "../verb.ts"

export const reload = Command.make("reload", { ...flags, dryRun, json }, loaded(() => import("./runReload.ts"))).pipe(
  Command.withDescription("Let the running app read its settings again; a faulty file changes nothing")
)
