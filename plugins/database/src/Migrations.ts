/** Brings the tables of a plugin to the state that its code expects. Every plugin with tables owns one set. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { MigrationFailed } from "./errors.ts"
import type { AppliedMigration, MigrationSource, MigrationStatus, PlannedMigration } from "./Migration.ts"

export class Migrations extends Context.Service<Migrations, {
  /**
   * What a plugin with tables calls when it starts. From then on the app is ready only while the schema is at least what the set
   * needs (readiness check `database_schema`). `migrations.on_start` decides who brings it there: `apply` this process, `wait`
   * another one, for which it waits (`migrations.wait_timeout`), `check` another one, while this one goes on.
   */
  readonly ensure: (set: MigrationSource) => Effect.Effect<ReadonlyArray<AppliedMigration>, MigrationFailed>
  /**
   * Applies what is missing of a set, in id order, each in a transaction of its own unless it is marked, while holding a session
   * advisory lock that other processes wait for (`migrations.wait_timeout`) and meanwhile tell who holds it. A changed text, a
   * missing id below an applied one, or a change that lint refuses (`migrations.lint`) fails before anything is run. A failing
   * migration leaves those before it applied. Returns what was applied now; nothing, and without a lock, when all was there.
   * What a newer release applied is told in the log and left alone.
   */
  readonly up: (set: MigrationSource) => Effect.Effect<ReadonlyArray<AppliedMigration>, MigrationFailed>
  /** Takes the last ones back, at most `steps`, the newest first. One without `down` fails before anything is run. */
  readonly down: (
    set: MigrationSource,
    steps: number
  ) => Effect.Effect<ReadonlyArray<AppliedMigration>, MigrationFailed>
  /** Takes the last one back and applies it again, with the text at hand: for whoever is still writing it. */
  readonly redo: (set: MigrationSource) => Effect.Effect<ReadonlyArray<AppliedMigration>, MigrationFailed>
  /** What `up` would do, with what lint says; fails as it would, but for lint. Reads only; takes no lock. */
  readonly planUp: (set: MigrationSource) => Effect.Effect<ReadonlyArray<PlannedMigration>, MigrationFailed>
  /** What `down` would do; fails as it would. Reads only; takes no lock. */
  readonly planDown: (
    set: MigrationSource,
    steps: number
  ) => Effect.Effect<ReadonlyArray<PlannedMigration>, MigrationFailed>
  /** Every migration of the set and of the database, by id. Reads only; takes no lock. */
  readonly status: (set: MigrationSource) => Effect.Effect<ReadonlyArray<MigrationStatus>, MigrationFailed>
  /** What the ensured sets still need, a sentence for each; none when the schema is at least what the code needs. */
  readonly missing: Effect.Effect<ReadonlyArray<string>, MigrationFailed>
}>()("@heptad/database/Migrations") {}
