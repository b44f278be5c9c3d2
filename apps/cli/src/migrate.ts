/** `heptad migrate`: the schema of the app's database, forward, back and as it is. The guide spells it `migrate` alone. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { flags, type Given } from "./migrate/flags.ts"
import { dryRun } from "./verb.ts"

const group = Command.make("migrate").pipe(
  Command.withDescription("Bring the tables of the database to what the app needs, or back"),
  Command.withSharedFlags(flags)
)

/** The work of a verb, with the flags that all have and its own. */
const work =
  <Own, A, E, R>(load: () => Promise<{ readonly run: (given: Given, own: Own) => Effect.Effect<A, E, R> }>) =>
  (own: Own) =>
    Effect.gen(function*() {
      const given = yield* group
      const { run } = yield* Effect.promise(load)
      return yield* run(given, own)
    })

const Steps = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10_000 }))

const steps = Argument.Int("steps").pipe(
  Argument.withDescription("How many; default: 1"),
  Argument.withSchema(Steps),
  Argument.withDefault(1)
)

const printed = { dryRun }

const up = Command.make("up", printed, work(() => import("./migrate/runUp.ts"))).pipe(
  Command.withDescription("Apply what is missing; --dry-run prints the SQL and what lint says of it")
)

const down = Command.make("down", { steps, ...printed }, work(() => import("./migrate/runDown.ts"))).pipe(
  Command.withDescription("Take the last ones back, the newest first; --dry-run prints the SQL")
)

const redo = Command.make("redo", printed, work(() => import("./migrate/runRedo.ts"))).pipe(
  Command.withDescription("Take the last one back and apply it again, with the text at hand")
)

const status = Command.make("status", {}, work(() => import("./migrate/runStatus.ts"))).pipe(
  Command.withDescription("Tell every migration and whether it is applied")
)

const version = Command.make("version", {}, work(() => import("./migrate/runVersion.ts"))).pipe(
  Command.withDescription("Tell the last applied migration")
)

const lint = Command.make("lint", {}, work(() => import("./migrate/runLint.ts"))).pipe(
  Command.withDescription("Tell what breaks a release that still runs; needs no database; 1 when something does")
)

const name = Argument.String("name").pipe(
  Argument.withDescription("What it does, for example add_orders_index")
)

const create = Command.make("create", { name, ...printed }, work(() => import("./migrate/runCreate.ts"))).pipe(
  Command.withDescription("Write the files of the next migration into --dir, ./migrations otherwise")
)

export const migrate = group.pipe(Command.withSubcommands([up, down, redo, status, version, lint, create]))
