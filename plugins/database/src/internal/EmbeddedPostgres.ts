/** A real PostgreSQL that the app runs for itself, below its data directory, reachable through a unix socket only. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { SqlError } from "effect/sql/SqlError"
import type { DatabaseConfig } from "../config.ts"
import { EmbeddedServerFailed } from "../errors.ts"
import { accountFor } from "./account.ts"
import { applicationName } from "./PgServer.ts"
import { codeOf, configOf, mayComeUp, open, reasonOf, type Target } from "./PgSession.ts"
import * as PostgresBinaries from "./PostgresBinaries.ts"
import * as PostgresCluster from "./PostgresCluster.ts"
import * as PostgresServer from "./PostgresServer.ts"
import { socketFolder } from "./socketFolder.ts"
import { remedyFor } from "./trouble.ts"

const refused = (directory: string, error: SqlError) =>
  new EmbeddedServerFailed({
    directory,
    problem: reasonOf(error),
    remedy: codeOf(error) === "28P01"
      ? "Its generated password was changed or lost: bring the file back, or move the folder away to begin empty."
      : "Look at its lines in the log (level debug)."
  })

const connectTimeout = Duration.seconds(5)

const session = (target: Target) => open(configOf(target, { applicationName, connectTimeout }))

/** A session in the database that every cluster has. */
export const maintenance = (target: Target) => session({ ...target, database: "postgres" })

const probe = (directory: string, target: Target): Effect.Effect<boolean, EmbeddedServerFailed> =>
  Effect.scoped(Effect.as(maintenance(target), true)).pipe(
    Effect.catch((error) => mayComeUp(error) ? Effect.succeed(false) : Effect.fail(refused(directory, error)))
  )

export const quoted = (identifier: string): string => `"${identifier.replaceAll("\"", "\"\"")}"`

/** Runs one statement that is about databases. */
const administer = (target: Target, sql: string): Effect.Effect<void, SqlError> =>
  Effect.scoped(Effect.asVoid(Effect.flatMap(maintenance(target), (each) => each.query(sql, [], false))))

const createDatabase = (target: Target): Effect.Effect<void, SqlError> =>
  administer(target, `CREATE DATABASE ${quoted(target.database)}`)

export const dropDatabase = (target: Target): Effect.Effect<void, SqlError> =>
  administer(target, `DROP DATABASE IF EXISTS ${quoted(target.database)} WITH (FORCE)`)

const exists = (target: Target): Effect.Effect<boolean, SqlError> =>
  Effect.flatMap(
    maintenance(target),
    (each) => each.queryValues("SELECT 1 FROM pg_database WHERE datname = $1", [target.database], false)
  ).pipe(Effect.map((rows) => rows.length > 0), Effect.scoped)

const ensureDatabase = (directory: string, target: Target) =>
  Effect.flatMap(exists(target), (there) => there ? Effect.void : createDatabase(target)).pipe(
    Effect.mapError((error) => refused(directory, error))
  )

/** Sessions beside the pool: migrations, the probe, an operator's psql. */
const spareSessions = 10

/** What the operating system refuses while files are prepared is the operator's business, not a bug. */
const systemRefusal = (directory: string, defect: unknown) =>
  defect instanceof Error && "syscall" in defect
    ? Effect.fail(
      new EmbeddedServerFailed({
        directory,
        problem: defect.message,
        remedy: remedyFor(defect.message, "Check the owner, the permissions and the free space of this folder.")
      })
    )
    : Effect.die(defect)

/** Starts the server; it stops with the scope. `directory` is the folder of the cluster, made when missing. */
export const start = Effect.fnUntraced(function*(
  directory: string,
  config: DatabaseConfig,
  password: Redacted.Redacted
) {
  const { connection_pool, connections, embedded } = config
  const account = accountFor(directory)
  const binaries = yield* PostgresBinaries.prepare(directory, account)
  yield* PostgresCluster.ensure({ directory, account, binaries, password, durable: embedded.durable })
  const target: Target = {
    kind: "embedded",
    host: yield* socketFolder(directory),
    port: 5432,
    database: connections.primary.database,
    user: PostgresCluster.superuser,
    password,
    sslMode: "disable"
  }
  yield* PostgresServer.make({
    directory,
    account,
    binaries,
    maxConnections: connection_pool.max_size + spareSessions,
    durable: embedded.durable,
    startTimeout: embedded.start_timeout,
    stopTimeout: embedded.stop_timeout,
    maxRestarts: embedded.max_restarts,
    probe: probe(directory, target)
  })
  yield* ensureDatabase(directory, target)
  return target
}, (effect, directory) => Effect.catchDefect(effect, (defect) => systemRefusal(directory, defect)))
