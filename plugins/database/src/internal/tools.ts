/** For tools that work on the database of an app without being the app: migrations, backup, restore. */
import { DataDirectory } from "@heptad/common"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Path from "node:path"
import type { DatabaseConfig } from "../config.ts"
import { DatabaseUnavailable } from "../errors.ts"
import type { LintFinding, MigrationSource, MigrationStatus } from "../Migration.ts"
import type { Migrations } from "../Migrations.ts"
import { meet, startEmbedded } from "./layer.ts"
import { load } from "./migrations/folder.ts"
import { lint as lintOf } from "./migrations/lint.ts"
import * as Plan from "./migrations/plan.ts"
import { primaryOf, type Source, targetsOf } from "./nodes/targets.ts"
import * as PgMigrations from "./PgMigrations.ts"
import { applicationName, type Server } from "./PgServer.ts"
import { configOf, open, type Target, unavailable } from "./PgSession.ts"
import { superuser } from "./PostgresCluster.ts"
import { socketFolder } from "./socketFolder.ts"

export type { Server } from "./PgServer.ts"
export type { Target } from "./PgSession.ts"

export { nameOf as fileNameOf } from "./migrations/fileName.ts"
export { backup } from "./tools/backup.ts"
export { restore } from "./tools/restore.ts"

const passwordBytes = 32

/** The embedded server that an app runs now. */
const running = Effect.fnUntraced(function*({ connections: { primary } }: DatabaseConfig) {
  const directory = yield* DataDirectory
  const target: Target = {
    kind: "embedded",
    host: yield* socketFolder(Path.join(directory.path, "postgres")),
    port: 5432,
    database: primary.database,
    user: superuser,
    password: yield* directory.secret("postgres-password", passwordBytes),
    sslMode: "disable"
  }
  return target
})

const targetOf = (source: Source, appRuns: boolean) => {
  const { config } = source.current
  const { host } = config.connections.primary
  if (host !== undefined) return Effect.succeed(primaryOf(source, host))
  return appRuns ? running(config) : Effect.map(startEmbedded(config), ({ target }) => target)
}

const connectTimeout = Duration.seconds(5)

const isPrimary = ({ target }: Server) =>
  open(configOf(target, { applicationName, connectTimeout })).pipe(
    Effect.flatMap((session) => session.queryValues("SELECT NOT pg_is_in_recovery()", [], false)),
    Effect.map(([row]) => row?.[0] === true),
    Effect.mapError((error) => unavailable(target, error)),
    Effect.scoped
  )

const metPrimary = Effect.fnUntraced(function*(config: DatabaseConfig, target: Target) {
  const met = yield* meet(config, target)
  if (yield* isPrimary(met)) return met
  const { host, port } = target
  return yield* new DatabaseUnavailable({ host, port, reason: "it is a replica now", remedy: "Name the primary." })
})

export interface Where {
  /** An app of this data directory runs now. */
  readonly appRuns: boolean
  /** The server of `connections.primary` and no other, whatever else the settings name. */
  readonly alone: boolean
}

/**
 * The server of these settings, met; of several the one that is the primary now. Without a host it is the embedded one, started
 * here unless an app runs it.
 */
export const server = Effect.fnUntraced(function*(config: DatabaseConfig, { alone, appRuns }: Where) {
  const source = { current: { config }, refresh: Effect.void }
  const first = yield* targetOf(source, appRuns)
  const [, ...further] = alone ? [first] : targetsOf(source, first)
  if (further.length === 0) return yield* meet(config, first)
  const others = further.map((target) => metPrimary(config, target))
  return yield* others.reduce(
    (found, other) => Effect.catch(found, (error) => Effect.mapError(other, () => error)),
    metPrimary(config, first)
  )
})

/** Migrations on it. */
export const migrations = ({ target }: Server, config: DatabaseConfig): Migrations["Service"] =>
  PgMigrations.make(() => target, config)

/** What lint says of a whole set, whatever was applied where: each migration may be the only one of a release. */
export const lint = Effect.fnUntraced(function*(source: MigrationSource) {
  const set = yield* load(source)
  const fault = Plan.faultOf(set)
  if (fault !== undefined) return yield* fault
  const findings: ReadonlyArray<LintFinding> = Plan.inOrder(set).flatMap((each) => lintOf(set, [each]))
  return findings
})

/** The last one that was applied, of a status. */
export const versionOf = (status: ReadonlyArray<MigrationStatus>): MigrationStatus | undefined =>
  status.findLast(({ state }) => state !== "pending")
