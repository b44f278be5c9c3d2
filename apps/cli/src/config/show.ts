/** `heptad config show [section]`: every setting in force, and where it comes from. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { flags } from "../settingsFlags.ts"
import { json, loaded } from "../verb.ts"

const section = Argument.String("section").pipe(
  Argument.withDescription("Only these: a section, a group, or a setting, for example network.tcp"),
  Argument.optional
)

const defaults = Flag.Boolean("defaults").pipe(
  Flag.withDescription("Only settings that nobody wrote"),
  Flag.withDefault(false)
)

const written = Flag.Boolean("written").pipe(
  Flag.withDescription("Only settings that somebody wrote"),
  Flag.withDefault(false)
)

export const show = Command.make(
  "show",
  { section, ...flags, defaults, written, json },
  loaded(() => import("./runShow.ts"))
).pipe(Command.withDescription("Show the settings in force, each with its origin"))
