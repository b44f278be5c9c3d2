/** Migrations on a session of their own, so that its lock and its time limits never meet the pool. */
import type { PgConnection } from "@effect/sql-pg/PgConnection"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { SqlError } from "effect/sql/SqlError"
import type { DatabaseConfig } from "../config.ts"
import type { AppliedMigration, Migration, Migrations, MigrationSet } from "../Migrations.ts"
import * as Plan from "./migrationPlan.ts"
import { codeOf, configOf, open, reasonOf, type Target } from "./PgSession.ts"
import { statementsOf } from "./statements.ts"

const table = `CREATE TABLE IF NOT EXISTS heptad_migrations (
  set text NOT NULL,
  id integer NOT NULL,
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (set, id)
)`

/** Any number, the same for every app that uses this table: hashtext('heptad_migrations') would do as well. */
const lockKey = 7_264_318

const fromSql = (set: MigrationSet, migration: Migration | undefined, error: SqlError) =>
  codeOf(error) === "55P03"
    ? Plan.failed(
      set,
      migration,
      "a lock was not free in time",
      "Another process migrates or uses the table: wait, or raise database.migrations.lock_timeout."
    )
    : Plan.failed(set, migration, reasonOf(error), "Nothing of it was kept: correct it and start again.")

const run = (session: PgConnection, sql: string, parameters: ReadonlyArray<unknown> = []) =>
  session.query(sql, parameters, false)

const toRow = (values: ReadonlyArray<unknown>): Plan.Row => ({
  id: Number(values[0]),
  name: String(values[1]),
  checksum: String(values[2]),
  appliedAt: DateTime.makeUnsafe(Number(values[3]))
})

const rowsOf = (session: PgConnection, set: MigrationSet): Effect.Effect<Plan.Rows, SqlError> =>
  session.queryValues(
    `SELECT id, name, checksum, (extract(epoch FROM applied_at) * 1000)::float8 FROM heptad_migrations WHERE set = $1`,
    [set.name],
    false
  ).pipe(Effect.map((rows) => new Map(rows.map(toRow).map((row) => [row.id, row]))))

const execute = Effect.fnUntraced(function*(session: PgConnection, set: MigrationSet, migration: Migration) {
  yield* run(session, "BEGIN")
  for (const statement of statementsOf(migration.sql)) yield* run(session, statement)
  yield* run(session, "INSERT INTO heptad_migrations (set, id, name, checksum) VALUES ($1, $2, $3, $4)", [
    set.name,
    migration.id,
    migration.name,
    Plan.checksumOf(migration)
  ])
  yield* run(session, "COMMIT")
})

const apply = Effect.fnUntraced(function*(session: PgConnection, set: MigrationSet, migration: Migration) {
  const [duration] = yield* execute(session, set, migration).pipe(
    Effect.onExit((exit) => Exit.isSuccess(exit) ? Effect.void : Effect.ignore(run(session, "ROLLBACK"))),
    Effect.mapError((error) => fromSql(set, migration, error)),
    Effect.timed
  )
  const millis = Math.round(Duration.toMillis(duration))
  yield* Effect.logInfo(`migration ${set.name} ${Plan.label(migration)} applied in ${millis} ms`)
  return { set: set.name, id: migration.id, name: migration.name, millis } satisfies AppliedMigration
})

const tellUnknown = (set: MigrationSet, rows: Plan.Rows) => {
  const unknown = Plan.unknownOf(set, rows).map(Plan.label)
  return unknown.length === 0
    ? Effect.void
    : Effect.logWarning(`migrations of "${set.name}" that this release does not know: ${unknown.join(", ")}`)
}

/** Migrations may run long; only waiting for locks is limited. */
const sessionOf = (target: Target, config: DatabaseConfig) =>
  open(configOf(target, {
    applicationName: "heptad-migrations",
    connectTimeout: config.connection_pool.connection_timeout,
    startupParameters: {
      statement_timeout: "0",
      lock_timeout: String(Math.ceil(Duration.toMillis(config.migrations.lock_timeout))),
      client_min_messages: "warning"
    }
  }))

export const make = (target: Target, config: DatabaseConfig): Migrations["Service"] => {
  const session = (set: MigrationSet) =>
    Effect.mapError(sessionOf(target, config), (error) => fromSql(set, undefined, error))

  /** The lock belongs to the session and goes with it, whatever ends it. */
  const locked = Effect.fnUntraced(function*(set: MigrationSet) {
    const connection = yield* session(set)
    return yield* run(connection, "SELECT pg_advisory_lock($1)", [lockKey]).pipe(
      Effect.andThen(run(connection, table)),
      Effect.andThen(rowsOf(connection, set)),
      Effect.map((rows) => ({ connection, rows })),
      Effect.mapError((error) => fromSql(set, undefined, error))
    )
  })

  const up = Effect.fn("Migrations.up")(function*(set: MigrationSet) {
    const fault = Plan.faultOf(set)
    if (fault !== undefined) return yield* Plan.failed(set, undefined, fault, "Give it another id.")
    const { connection, rows } = yield* locked(set)
    const problem = Plan.conflict(set, rows)
    if (problem !== undefined) return yield* problem
    yield* tellUnknown(set, rows)
    const pending = Plan.inOrder(set).filter(({ id }) => !rows.has(id))
    return yield* Effect.forEach(pending, (migration) => apply(connection, set, migration))
  }, Effect.scoped)

  const status = Effect.fn("Migrations.status")(function*(set: MigrationSet) {
    const connection = yield* session(set)
    const rows = yield* rowsOf(connection, set).pipe(
      Effect.catchIf((error) => codeOf(error) === "42P01", () => Effect.succeed(new Map<number, Plan.Row>())),
      Effect.mapError((error) => fromSql(set, undefined, error))
    )
    return Plan.toStatus(set, rows)
  }, Effect.scoped)

  return { up, status }
}
