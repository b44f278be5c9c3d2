/** `heptad restart-processes`: replaces the processes of a running app one after the other. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { flags as controlFlags } from "./control/flags.ts"
import { dryRun, json, loaded } from "./verb.ts"

const flags = {
  ...controlFlags,
  json,
  dryRun,
  wait: Flag.Boolean("wait").pipe(
    Flag.withDescription("Wait until all are replaced; --no-wait only asks for it"),
    Flag.withDefault(true)
  )
}

export const restartProcesses = Command.make(
  "restart-processes",
  flags,
  loaded(() => import("./restart-processes/run.ts"))
).pipe(
  Command.withDescription(
    "Replace the processes of an app of several, one after the other: no request is lost, and the settings that wait for " +
      "a restart of a process are in force"
  )
)
