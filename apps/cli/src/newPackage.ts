/** `heptad new plugin <name>` and `heptad new app <name>`: a package with the rooms, which compiles and passes its own test. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type { Kind } from "./new/Place.ts"
import type { Wanted } from "./new/run.ts"

const parameters = (kind: Kind) => ({
  name: Argument.String("name").pipe(
    Argument.withDescription(`Name of the ${kind}: lower case with hyphens, with a scope if you like (@acme/billing)`)
  ),
  dir: Flag.String("dir").pipe(
    Flag.withDescription(`Folder to write to; default: ${kind}s/<name> in this repository, ./<name> elsewhere`),
    Flag.optional
  ),
  dryRun: Flag.Boolean("dry-run").pipe(
    Flag.withDescription("List the files and write nothing"),
    Flag.withDefault(false)
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("Print JSON instead of a list of files"),
    Flag.withDefault(false)
  )
})

const run = (kind: Kind) => (wanted: Wanted) =>
  Effect.flatMap(Effect.promise(() => import("./new/run.ts")), ({ run }) => run(kind, wanted))

const plugin = Command.make("plugin", parameters("plugin"), run("plugin")).pipe(
  Command.withDescription("Write a plugin: contract, settings, errors, metrics, service, tests")
)

const app = Command.make("app", parameters("app"), run("app")).pipe(
  Command.withDescription("Write an app: a list of plugins, a main, settings, a test that starts it")
)

export const newPackage = Command.make("new").pipe(
  Command.withDescription("Write a package that compiles and passes its own test"),
  Command.withSubcommands([plugin, app])
)
