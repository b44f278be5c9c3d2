/**
 * The databases of a test run: each a copy of a template, the empty one or one with migrations, which is made once per run. A
 * name holds the process that asked, so that whoever asks next drops what a killed process left behind.
 */
import type { PgConnection } from "@effect/sql-pg/PgConnection"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { SqlError } from "effect/sql/SqlError"
import * as Crypto from "node:crypto"
import * as Process from "node:process"
import type { DatabaseConfig } from "../config.ts"
import type { MigrationFailed } from "../errors.ts"
import type { MigrationSet } from "../Migration.ts"
import { maintenance, quoted } from "./EmbeddedPostgres.ts"
import { checksumOf, inOrder } from "./migrations/plan.ts"
import * as PgMigrations from "./PgMigrations.ts"
import type { Target } from "./PgSession.ts"
import { isRunning } from "./PostgresProcess.ts"

/** More than the files of a run that are open at a time; beyond that somebody does not close what they open. */
const most = 100

const named = /^test_(\d+)_/

export const freshName = (): string => `test_${Process.pid}_${Crypto.randomUUID().replaceAll("-", "")}`

/** The same sets with the same texts have the same template. */
const templateOf = (sets: ReadonlyArray<MigrationSet>): string => {
  const texts = sets.map((set) => [set.name, inOrder(set).map((each) => [each.id, each.name, checksumOf(each)])])
  return `template_${Crypto.createHash("sha256").update(JSON.stringify(texts)).digest("hex").slice(0, 32)}`
}

const run = (session: PgConnection, sql: string) => Effect.asVoid(session.query(sql, [], false))

const names = (session: PgConnection, pattern: string): Effect.Effect<ReadonlyArray<string>, SqlError> =>
  Effect.map(
    session.queryValues("SELECT datname FROM pg_database WHERE datname LIKE $1", [pattern], false),
    (rows) => rows.map(([name]) => String(name))
  )

const isAbandoned = (name: string): boolean => {
  const owner = named.exec(name)?.[1]
  return owner !== undefined && !isRunning(Number(owner))
}

/** Drops what nobody owns any more; how many are left. */
const sweep = Effect.fnUntraced(function*(session: PgConnection) {
  const there = yield* names(session, "test\\_%")
  const abandoned = there.filter(isAbandoned)
  for (const name of abandoned) yield* run(session, `DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`)
  return there.length - abandoned.length
})

const roomFor = (session: PgConnection) =>
  Effect.repeat(sweep(session), { until: (left) => left < most, schedule: Schedule.spaced("50 millis") }).pipe(
    Effect.timeoutOrElse({
      duration: "30 seconds",
      orElse: () =>
        Effect.die(new Error(`${most} test databases are open: close the scopes of those that are not used`))
    })
  )

/** Any number, the same for all who make templates on this server. */
const lockKey = 7_264_319

/** Made under another name, so that a name of a template means that it is whole. */
const build = Effect.fnUntraced(function*(
  session: PgConnection,
  target: Target,
  config: DatabaseConfig,
  sets: ReadonlyArray<MigrationSet>
) {
  const database = "unfinished_template"
  yield* run(session, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)
  yield* run(session, `CREATE DATABASE ${database}`)
  const { up } = PgMigrations.make(() => ({ ...target, database }), config)
  for (const set of sets) yield* up(set)
  yield* run(session, `ALTER DATABASE ${database} WITH ALLOW_CONNECTIONS false IS_TEMPLATE true`)
  yield* run(session, `ALTER DATABASE ${database} RENAME TO ${quoted(templateOf(sets))}`)
})

/** The template of these sets, made by the first one who asks while the others wait. */
const template = Effect.fnUntraced(function*(
  session: PgConnection,
  target: Target,
  config: DatabaseConfig,
  sets: ReadonlyArray<MigrationSet>
) {
  const name = templateOf(sets)
  const isThere = Effect.map(names(session, name), (found) => found.length > 0)
  if (yield* isThere) return name
  yield* run(session, `SELECT pg_advisory_lock(${lockKey})`)
  if (!(yield* isThere)) yield* build(session, target, config, sets)
  yield* run(session, `SELECT pg_advisory_unlock(${lockKey})`)
  return name
})

/** Makes the database of the target, with these sets applied. */
export const create: (
  target: Target,
  config: DatabaseConfig,
  sets: ReadonlyArray<MigrationSet>
) => Effect.Effect<void, SqlError | MigrationFailed> = Effect.fnUntraced(function*(target, config, sets) {
  const session = yield* maintenance(target)
  yield* roomFor(session)
  const from = sets.length === 0 ? "template1" : yield* template(session, target, config, sets)
  yield* run(session, `CREATE DATABASE ${quoted(target.database)} TEMPLATE ${quoted(from)} STRATEGY FILE_COPY`)
}, Effect.scoped)
