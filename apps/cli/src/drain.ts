/** `heptad drain`: stops the running app as SIGTERM does, and tells each step until it has ended. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { flags as controlFlags } from "./control/flags.ts"
import { dryRun, json, loaded } from "./verb.ts"

const flags = {
  ...controlFlags,
  json,
  dryRun,
  wait: Flag.Boolean("wait").pipe(
    Flag.withDescription("Follow the steps until the process has ended; --no-wait only asks for the stop"),
    Flag.withDefault(true)
  )
}

export const drain = Command.make("drain", flags, loaded(() => import("./drain/run.ts"))).pipe(
  Command.withDescription("Stop the running app: finish what was accepted, telling each step and what had to be cut")
)
