/** `heptad stop`: SIGTERM to the process that holds the data directory, and the wait for its end. Needs no control API. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Duration from "effect/Duration"
import { flags as settingsFlags } from "./settingsFlags.ts"
import { dryRun, duration, loaded, toggle } from "./verb.ts"

const flags = {
  ...settingsFlags,
  dryRun,
  timeout: duration("timeout").pipe(
    Flag.withDescription("How long to wait for the end of the process; default: 3m"),
    Flag.withDefault(Duration.minutes(3))
  ),
  force: toggle("force", "Send a second SIGTERM when that time is up, which cuts what is still at work")
}

export const stop = Command.make("stop", flags, loaded(() => import("./stop/run.ts"))).pipe(
  Command.withDescription("Send SIGTERM to the running app and wait until its process has ended")
)
