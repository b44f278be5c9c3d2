/** `heptad config rollback`: back to an earlier version of the settings. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import { flags as controlFlags } from "../control/flags.ts"
import { dryRun, json, loaded } from "../verb.ts"

const flags = {
  ...controlFlags,
  dryRun,
  json,
  version: Argument.Int("version").pipe(
    Argument.withDescription("A version of heptad config history; default: the one before the current one"),
    Argument.optional
  )
}

export const rollback = Command.make("rollback", flags, loaded(() => import("./runRollback.ts"))).pipe(
  Command.withDescription("Apply an earlier version of the settings again; the files stay as they are")
)
