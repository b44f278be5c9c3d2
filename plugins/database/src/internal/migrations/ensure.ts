/** What plugins need of the schema, and who brings it there: `migrations.on_start`. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { DatabaseConfig } from "../../config.ts"
import type { MigrationFailed } from "../../errors.ts"
import type { AppliedMigration, MigrationSet } from "../../Migration.ts"
import * as Plan from "./plan.ts"

/** What the set still needs, a sentence. */
type Missing = (set: MigrationSet) => Effect.Effect<string | undefined, MigrationFailed>

const pause = Duration.seconds(1)
const tellEvery = 5

/** Until another process has migrated, which is told every few seconds. */
const waitFor = Effect.fnUntraced(function*(set: MigrationSet, missing: Missing, patience: Duration.Duration) {
  let asked = 0
  const attempt = Effect.tap(missing(set), (problem) =>
    problem !== undefined && asked++ % tellEvery === 0
      ? Effect.logWarning(`${problem}; waiting for "heptad migrate up" (migrations.on_start: wait)`)
      : Effect.void)
  const problem = yield* attempt.pipe(Effect.repeat({
    while: (each) => each !== undefined,
    schedule: Schedule.upTo(Schedule.spaced(pause), { duration: patience })
  }))
  if (problem !== undefined) {
    return yield* Plan.failed(
      set,
      undefined,
      `${problem}, waited ${Duration.format(patience)} for it`,
      "Run heptad migrate up, or raise database.migrations.wait_timeout."
    )
  }
})

const none: ReadonlyArray<AppliedMigration> = []

/** Does for a set what `on_start` says. */
export const bring = Effect.fnUntraced(function*(
  set: MigrationSet,
  { migrations }: DatabaseConfig,
  up: Effect.Effect<ReadonlyArray<AppliedMigration>, MigrationFailed>,
  missing: Missing
) {
  if (migrations.on_start === "apply") return yield* up
  if (migrations.on_start === "wait") {
    yield* waitFor(set, missing, migrations.wait_timeout)
    return none
  }
  const problem = yield* missing(set)
  if (problem !== undefined) {
    yield* Effect.logWarning(`${problem}; not ready until "heptad migrate up" was run (migrations.on_start: check)`)
  }
  return none
})
