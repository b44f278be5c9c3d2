/** `heptad plan [app]`: what would happen, before anything is opened or written. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { app } from "./appArgument.ts"
import { flags } from "./settingsFlags.ts"
import { json, loaded } from "./verb.ts"

const diff = Flag.String("diff").pipe(
  Flag.withDescription(
    "Other settings, a file or a directory of them; repeatable: tell what changing to them would do"
  ),
  Flag.atLeast(0)
)

export const plan = Command.make("plan", { app, ...flags, diff, json }, loaded(() => import("./plan/run.ts"))).pipe(
  Command.withDescription("Tell what a start would do and need, and what a stop would take; opens and writes nothing")
)
