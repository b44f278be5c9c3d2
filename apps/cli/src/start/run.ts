/** Runs a prebuilt app and shows its start screen. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { apps } from "../apps.ts"
import * as settings from "../settings.ts"
import type { Given } from "../settingsFlags.ts"
import * as StartScreen from "./StartScreen.ts"

export const run = ({ app: name, ...given }: Given & { readonly app: keyof typeof apps }) => {
  const screen = Layer.effectDiscard(
    Effect.flatMap(StartScreen.lines(name), (lines) => Console.log(`\n${lines.join("\n")}\n`))
  )
  return Layer.launch(Layer.provideMerge(screen, apps[name])).pipe(Effect.provide(settings.layer(given)))
}
