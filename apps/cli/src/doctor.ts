/** `heptad doctor`: whether this machine and these packages will do for an app with these settings. */
import * as Command from "effect/cli/Command"
import { flags } from "./settingsFlags.ts"
import { json, loaded } from "./verb.ts"

export const doctor = Command.make("doctor", { ...flags, json }, loaded(() => import("./doctor/run.ts"))).pipe(
  Command.withDescription("Check Node, packages, limits, disk and settings; exit 1 when something is at fault")
)
