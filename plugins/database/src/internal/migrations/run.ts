/** Runs one direction of one migration and notes it, as one transaction where the migration allows it. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { SqlClient } from "effect/sql/SqlClient"
import { SqlError } from "effect/sql/SqlError"
import type { DatabaseConfig } from "../../config.ts"
import type { MigrationFailed } from "../../errors.ts"
import type { AppliedMigration, Migration, MigrationSet } from "../../Migration.ts"
import { reasonOf } from "../PgSession.ts"
import * as Journal from "./journal.ts"
import { isBusy } from "./lock.ts"
import * as Plan from "./plan.ts"
import type { Room } from "./room.ts"
import { downOf, type Step, upOf } from "./step.ts"

const busy = "a lock was not free in time"

/** What a statement failed with, as the sentence of its migration. */
export const fromSql = (
  set: { readonly name: string },
  migration: Migration | undefined,
  error: SqlError,
  kept = false
) =>
  isBusy(error)
    ? Plan.failed(
      set,
      migration,
      busy,
      "Something else uses the table for long: try again later, or raise database.migrations.lock_timeout."
    )
    : Plan.failed(
      set,
      migration,
      reasonOf(error),
      kept
        ? "It has no transaction: what ran before this statement stays, and an index that was not finished is left " +
          "INVALID. Look, clear it away, correct it and start again."
        : "Nothing of it was kept: correct it and start again."
    )

const sentenceOf = (cause: unknown): string => cause instanceof Error ? cause.message : String(cause)

/** Code may fail with anything. */
const toFailure = (set: MigrationSet, migration: Migration, { transaction }: Step) => (cause: unknown) =>
  cause instanceof SqlError
    ? fromSql(set, migration, cause, !transaction)
    : Plan.failed(
      set,
      migration,
      sentenceOf(cause),
      transaction
        ? "Nothing of it was kept: correct it and start again."
        : "It has no transaction: what it had done stays. Look, clear it away, correct it and start again."
    )

const work = ({ client, ...room }: Room, { run, statements = [] }: Step): Effect.Effect<void, unknown> =>
  run === undefined
    ? Effect.forEach(statements, room.run, { discard: true })
    : Effect.asVoid(Effect.provideService(run, SqlClient, client))

/**
 * A lock that is not free would keep everybody waiting behind us. So we give up early, let the others through, and try
 * again. What has no transaction may have been done in part, and is not tried again.
 */
const patiently = (config: DatabaseConfig) => <A>(attempt: Effect.Effect<A, unknown>) =>
  Effect.retry(attempt, {
    while: (cause) => cause instanceof SqlError && isBusy(cause),
    schedule: Schedule.jittered(Schedule.spaced("1 second")),
    times: config.migrations.lock_attempts - 1
  })

/** What a migration SET for itself ends with it: the table of what was applied may not be in the search path that it set. */
const noted = ({ session }: Room, note: Effect.Effect<unknown, SqlError>) =>
  Effect.andThen(session.query("RESET ALL", [], false), note)

const atOnce = (room: Room, step: Step, config: DatabaseConfig, note: Effect.Effect<unknown, SqlError>) => {
  const whole = Effect.andThen(work(room, step), noted(room, note))
  return step.transaction ? patiently(config)(room.client.withTransaction(whole)) : whole
}

interface Given {
  readonly room: Room
  readonly config: DatabaseConfig
  readonly set: MigrationSet
}

const perform = Effect.fnUntraced(function*(
  { config, room, set }: Given,
  migration: Migration,
  step: Step,
  note: Effect.Effect<unknown, SqlError>,
  verb: string
) {
  const [duration] = yield* atOnce(room, step, config, note).pipe(
    Effect.mapError(toFailure(set, migration, step)),
    Effect.timed
  )
  const millis = Math.round(Duration.toMillis(duration))
  yield* Effect.logInfo(`migration ${set.name} ${Plan.label(migration)} ${verb} in ${millis} ms`)
  return { set: set.name, id: migration.id, name: migration.name, millis } satisfies AppliedMigration
})

type Performed = Effect.Effect<AppliedMigration, MigrationFailed>

export const apply = (given: Given, migration: Migration): Performed =>
  perform(given, migration, upOf(migration), Journal.note(given.room.session, given.set, migration), "applied")

export const revert = (given: Given, migration: Plan.Reversible): Performed =>
  perform(
    given,
    migration,
    downOf(migration, migration.down),
    Journal.forget(given.room.session, given.set, migration),
    "taken back"
  )
