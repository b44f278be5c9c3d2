/** `heptad config pending`: settings that changed since the start and wait for a restart. */
import * as Command from "effect/cli/Command"
import { flags } from "../control/flags.ts"
import { json, loaded } from "../verb.ts"

export const pending = Command.make("pending", { ...flags, json }, loaded(() => import("./runPending.ts"))).pipe(
  Command.withDescription("List changed settings that wait for a restart of their plugin")
)
