/** `heptad start <app>`: runs a prebuilt app until it is told to stop. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import { flags } from "./settingsFlags.ts"
import { loaded } from "./verb.ts"

const app = Argument.Literals("app", ["monolith"]).pipe(Argument.withDescription("The app to run"))

export const start = Command.make("start", { app, ...flags }, loaded(() => import("./start/run.ts"))).pipe(
  Command.withDescription("Start an app and keep it running until SIGTERM or Ctrl-C")
)
