/** `heptad start <app>`: runs a prebuilt app until it is told to stop. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { apps } from "./apps.ts"
import * as settings from "./settings.ts"
import * as StartScreen from "./StartScreen.ts"

const app = Argument.Literals("app", ["monolith"]).pipe(Argument.withDescription("The app to run"))

export const start = Command.make("start", { app, ...settings.flags }, ({ app: name, ...given }) => {
  const screen = Layer.effectDiscard(
    Effect.flatMap(StartScreen.lines(name), (lines) => Console.log(`\n${lines.join("\n")}\n`))
  )
  return Layer.launch(Layer.provideMerge(screen, apps[name])).pipe(Effect.provide(settings.layer(given)))
}).pipe(Command.withDescription("Start an app and keep it running until SIGTERM or Ctrl-C"))
