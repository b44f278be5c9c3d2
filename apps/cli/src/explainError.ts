/** `heptad explain-error`: what an error means and what to do about it. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"

const input = {
  what: Argument.String("what").pipe(
    Argument.withDescription("A tag (PortTaken), a code (network.bind_failed) or a number (-662); without one: all"),
    Argument.atLeast(0)
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("Print JSON for programs instead of text for people"),
    Flag.withDefault(false)
  )
}

export const explainError = Command.make(
  "explain-error",
  input,
  (asked) => Effect.flatMap(Effect.promise(() => import("./explainError/run.ts")), ({ run }) => run(asked))
).pipe(Command.withDescription("Explain an error: its cause, what to do, its code"))
