/** `heptad check [app]`: everything that is wrong with the settings and the composition, before anything starts. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { app } from "./appArgument.ts"
import { flags } from "./settingsFlags.ts"
import { json, loaded } from "./verb.ts"

const probe = Flag.Boolean("probe").pipe(
  Flag.withDescription(
    "Also try what the app needs: hosts, ports, files, directories, secrets (exit 69 when one fails)"
  ),
  Flag.withDefault(false)
)

export const check = Command.make("check", { app, ...flags, probe, json }, loaded(() => import("./check/run.ts"))).pipe(
  Command.withDescription(
    "Tell every fault of the settings and of the choice of plugins (exit 78), or what else to know"
  )
)
