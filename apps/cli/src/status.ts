/** `heptad status`: what the running app does, plugin by plugin. */
import * as Command from "effect/cli/Command"
import { flags } from "./control/flags.ts"
import { json, loaded } from "./verb.ts"

export const status = Command.make("status", { ...flags, json }, loaded(() => import("./status/run.ts"))).pipe(
  Command.withDescription("Tell what the running app does: a sentence, then its plugins")
)
