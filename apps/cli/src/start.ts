/** `heptad start [app]`: runs an app until it is told to stop. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { app } from "./appArgument.ts"
import { flags } from "./settingsFlags.ts"
import { loaded } from "./verb.ts"

const record = Flag.String("record").pipe(
  Flag.withDescription("A file that gets what happened, as JSON, when the app has stopped"),
  Flag.optional
)

export const start = Command.make("start", { app, ...flags, record }, loaded(() => import("./start/run.ts"))).pipe(
  Command.withDescription("Start an app and keep it running until SIGTERM or Ctrl-C")
)
