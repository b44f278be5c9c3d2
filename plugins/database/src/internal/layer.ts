/** Puts the rooms together: which server, the pool, migrations, the readiness check. */
import { DataDirectory, HealthRegistry, Pace, Unhealthy } from "@heptad/common"
import { LiveSettings, Operations, type Plugin } from "@heptad/kernel"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Path from "node:path"
import type { DatabaseConfig } from "../config.ts"
import { Database } from "../Database.ts"
import { DatabaseUnavailable } from "../errors.ts"
import { Migrations } from "../Migrations.ts"
import * as Copy from "./copy/copy.ts"
import { dial } from "./copy/dial.ts"
import * as DiskSpace from "./diskSpace.ts"
import * as EmbeddedPostgres from "./EmbeddedPostgres.ts"
import * as Alone from "./nodes/alone.ts"
import { patience } from "./nodes/probe.ts"
import type { Servers } from "./nodes/Servers.ts"
import * as Several from "./nodes/several.ts"
import { primaryOf, type Source, targetsOf } from "./nodes/targets.ts"
import * as PgDatabase from "./PgDatabase.ts"
import * as PgMigrations from "./PgMigrations.ts"
import * as PgServer from "./PgServer.ts"
import { configOf, type Target, unavailable } from "./PgSession.ts"
import { limitOf } from "./pool/opening.ts"
import { operation } from "./pool/operation.ts"
import * as PoolPressure from "./pool/pressure.ts"
import { explainer } from "./queries/explainer.ts"
import * as Inserter from "./queries/inserter.ts"
import * as Listen from "./queries/listen.ts"
import * as Notifications from "./queries/notifications.ts"
import * as Retries from "./queries/retries.ts"
import * as Transactions from "./queries/transactions.ts"
import * as Watch from "./queries/Watch.ts"
import type * as SessionPool from "./SessionPool.ts"

const passwordBytes = 32

/** The embedded server below the data directory, and the folder of its data. */
export const startEmbedded = Effect.fnUntraced(function*(config: DatabaseConfig) {
  const directory = yield* DataDirectory
  const password = yield* directory.secret("postgres-password", passwordBytes)
  const folder = Path.join(directory.path, "postgres")
  return { folder, target: yield* EmbeddedPostgres.start(folder, config, password) }
})

/** Runs it, and looks at the room that it has. */
export const embedded = Effect.fnUntraced(function*(config: DatabaseConfig) {
  const { folder, target } = yield* startEmbedded(config)
  yield* DiskSpace.watch(folder, config.embedded.min_free_space)
  return target
})

const targetOf = (source: Source) => {
  const { config } = source.current
  const { host } = config.connections.primary
  return host === undefined ? embedded(config) : Effect.succeed(primaryOf(source, host))
}

/** Many sessions may be refused at once: the settings are read again for all of them together. */
const refreshing = Effect.flatMap(LiveSettings, ({ reload }) =>
  Effect.cachedWithTTL(
    Effect.catch(
      Effect.asVoid(reload("the database refused the password")),
      (error) => Effect.logWarning(`database: the settings could not be read again: ${error.message}`)
    ),
    "1 second"
  ))

/** A question has `patience`, and replicas that are behind are watched for a moment. */
const checkTimeout = Duration.sum(patience, Duration.seconds(1))

const registerChecks = Effect.fnUntraced(function*(checks: Servers["checks"], interval: Pace) {
  const health = yield* HealthRegistry
  for (const check of checks) {
    yield* health.register({ ...check, kind: "readiness", interval, timeout: checkTimeout })
  }
})

/** Whoever cannot be asked now has the schema that he had: whether he is there is told by the other check. */
const checkSchema = ({ missing }: Migrations["Service"]): Effect.Effect<void, Unhealthy> => {
  let last: ReadonlyArray<string> = ["the schema was not looked at yet"]
  return Effect.catch(missing, () => Effect.sync(() => last)).pipe(
    Effect.tap((found) => Effect.sync(() => void (last = found))),
    Effect.flatMap((found) =>
      found.length === 0 ? Effect.void : Effect.fail(new Unhealthy({ reason: found.join("; ") }))
    )
  )
}

const registerSchemaCheck = Effect.fnUntraced(function*(migrations: Migrations["Service"], interval: Pace) {
  const health = yield* HealthRegistry
  yield* health.register({
    name: "database_schema",
    kind: "readiness",
    criticality: "critical",
    interval,
    timeout: checkTimeout,
    run: checkSchema(migrations)
  })
})

const unavailableNow = (target: Target, error: SqlError) =>
  error.reason.operation === "acquire"
    ? new DatabaseUnavailable({
      host: target.host,
      port: target.port,
      reason: "no free session",
      remedy: error.message
    })
    : unavailable(target, error)

/** A COPY may run long: whoever wants it limited gives the effect a timeout. */
const copyConfig = (target: Target, { connection_pool }: DatabaseConfig) =>
  configOf(target, {
    applicationName: "heptad-copy",
    connectTimeout: connection_pool.connection_timeout,
    startupParameters: { statement_timeout: "0" }
  })

/** The services on servers of which one answered. */
const servicesOn = Effect.fnUntraced(function*(
  current: SessionPool.Current,
  servers: Servers,
  ensuredMore?: Effect.Effect<void>
) {
  const { alone, server, sessions } = servers
  const { database, host, kind, port, user } = server.target
  const retries = yield* Retries.make(current)
  const sql = yield* PgDatabase.make({
    sessions,
    retries,
    preparedStatements: current.config.performance.prepared_statements,
    spanAttributes: PgDatabase.spanAttributesOf(server.target, alone)
  })
  const watch = yield* Watch.of(current)
  watch.explain = explainer(sql)
  const transaction = Transactions.make(current, sql, retries, limitOf(server.versionNumber))
  const listening = Listen.make(servers, current.config.connection_pool.connection_timeout)
  const copySession = servers.beside((target) => dial(copyConfig(target, current.config)))
  return Context.make(SqlClient, sql).pipe(
    Context.add(Migrations, PgMigrations.make(servers.primary, current.config, ensuredMore)),
    Context.add(Database, {
      info: { kind, host, port, database, user, serverVersion: server.version },
      transaction,
      executeBatch: (statements) => transaction()(Effect.forEach(statements, (statement) => statement)),
      inserter: Inserter.make(current, sql, servers.wrote),
      ...Copy.make({ open: copySession, sql, wrote: servers.wrote }),
      notifications: Notifications.make(current, listening),
      nodes: servers.nodes,
      ping: Database.onPrimary(
        Effect.mapError(Effect.asVoid(sql`SELECT 1`), (error) => unavailableNow(servers.primary(), error))
      ),
      pools: servers.pools,
      listen: listening
    })
  )
})

/** The services on one server that answered. */
export const services = (current: SessionPool.Current, server: PgServer.Server) =>
  Effect.flatMap(Alone.make(current, server), (servers) => servicesOn(current, servers))

/** Waits for the server, at most the connection timeout. */
export const meet = (config: DatabaseConfig, target: Target) =>
  PgServer.meet(target, config.connection_pool.connection_timeout)

const serversOf = Effect.fnUntraced(function*(current: SessionPool.Current) {
  const source: Source = { current, refresh: yield* refreshing }
  const primary = yield* targetOf(source)
  const targets = targetsOf(source, primary)
  return targets.length > 1
    ? yield* Several.make(current, targets)
    : yield* Alone.make(current, yield* meet(current.config, primary))
})

const build = Effect.fnUntraced(function*(config: DatabaseConfig, live: Plugin.Live<DatabaseConfig>) {
  const current: SessionPool.Current = { config }
  const checks = new Pace(config.ha.failover.health_check_interval)
  const schemaChecks = new Pace(config.ha.failover.health_check_interval)
  yield* live.onChange((next) => {
    current.config = next
    const { health_check_interval: interval } = next.ha.failover
    return Effect.andThen(checks.set(interval), schemaChecks.set(interval))
  })
  const servers = yield* serversOf(current)
  const context = yield* servicesOn(current, servers, schemaChecks.hurry)
  yield* registerChecks(servers.checks, checks)
  yield* (yield* Operations).register(operation(Context.get(context, Database).pools))
  yield* PoolPressure.tell(servers.pools, () => current.config.connection_pool.max_waiting)
  yield* registerSchemaCheck(Context.get(context, Migrations), schemaChecks)
  return context
})

/** Everything that the contract promises. */
export const layer = (config: DatabaseConfig, live: Plugin.Live<DatabaseConfig>) =>
  Layer.effectContext(build(config, live))
