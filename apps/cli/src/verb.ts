/** What every verb has: work that is loaded when it is asked for, so that a light verb does not wait for the plugins. */
import * as CliError from "effect/cli/CliError"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** The handler of a verb whose work stands in a module of its own, under the name `run`. */
export const loaded =
  <Input, A, E, R>(load: () => Promise<{ readonly run: (input: Input) => Effect.Effect<A, E, R> }>) =>
  (input: Input): Effect.Effect<A, E, R> => Effect.flatMap(Effect.promise(load), ({ run }) => run(input))

export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print JSON for programs instead of text for people"),
  Flag.withDefault(false)
)

/** Flags that do not go together. */
export const usage = (verb: string, message: string) =>
  new CliError.ShowHelp({
    commandPath: ["heptad", ...verb.split(" ")],
    errors: [new CliError.ValidationError({ message })]
  })

/** Off unless it is given. */
export const toggle = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

export const dryRun = toggle("dry-run", "Tell what would happen and change nothing")

/** A flag for a duration in the spelling of the settings files. */
export const duration = (name: string) =>
  Flag.String(name).pipe(Flag.mapEffect((text) =>
    Effect.flatMap(
      Effect.promise(() => import("@heptad/common")),
      ({ SettingTypes }) =>
        Effect.mapError(
          Schema.decodeEffect(SettingTypes.Duration)(text),
          ({ message }) => new CliError.InvalidValue({ option: name, value: text, expected: message, kind: "flag" })
        )
    )
  ))
