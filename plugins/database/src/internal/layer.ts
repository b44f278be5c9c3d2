/** Puts the rooms together: which server, the pool, migrations, the readiness check. */
import { DataDirectory, HealthRegistry, Pace, Unhealthy } from "@heptad/common"
import { Operations, type Plugin } from "@heptad/kernel"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Path from "node:path"
import type { DatabaseConfig } from "../config.ts"
import { Database } from "../Database.ts"
import { DatabaseUnavailable } from "../errors.ts"
import { Migrations } from "../Migrations.ts"
import * as EmbeddedPostgres from "./EmbeddedPostgres.ts"
import { observer } from "./observer.ts"
import * as PgDatabase from "./PgDatabase.ts"
import * as PgMigrations from "./PgMigrations.ts"
import * as PgServer from "./PgServer.ts"
import { configOf, open, type Target, unavailable } from "./PgSession.ts"
import { operation } from "./pool/operation.ts"
import * as SessionPool from "./SessionPool.ts"

const passwordBytes = 32

/** Runs the embedded server below the data directory. */
export const embedded = Effect.fnUntraced(function*(config: DatabaseConfig) {
  const directory = yield* DataDirectory
  const password = yield* directory.secret("postgres-password", passwordBytes)
  return yield* EmbeddedPostgres.start(Path.join(directory.path, "postgres"), config, password)
})

const external = ({ connections: { primary } }: DatabaseConfig, host: string): Target => ({
  kind: "external",
  host,
  port: primary.port,
  database: primary.database,
  user: primary.user,
  password: primary.password,
  sslMode: primary.ssl_mode
})

const targetOf = (config: DatabaseConfig) => {
  const { host } = config.connections.primary
  return host === undefined ? embedded(config) : Effect.succeed(external(config, host))
}

const checkTimeout = Duration.seconds(2)

/** On a session of its own: whether the server answers must not depend on how busy our pool is. */
const check = (target: Target): Effect.Effect<void, Unhealthy> =>
  open(configOf(target, { applicationName: "heptad-health", connectTimeout: checkTimeout })).pipe(
    Effect.flatMap((session) => session.query("SELECT 1", [], false)),
    Effect.mapError((error) => new Unhealthy({ reason: unavailable(target, error).message })),
    Effect.asVoid,
    Effect.scoped
  )

const registerCheck = Effect.fnUntraced(function*(target: Target, interval: Pace) {
  const health = yield* HealthRegistry
  yield* health.register({
    name: "database_connection",
    kind: "readiness",
    criticality: "critical",
    interval,
    timeout: checkTimeout,
    run: check(target)
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

/**
 * Shown as `heptad-listen`. The scope of the queue is older than that of the session and so closed after it: on an open
 * session the driver would say UNLISTEN first, and wait for a server that may be gone.
 */
const listen = (target: Target, connectTimeout: Duration.Duration) =>
  Effect.fn("Database.listen")(function*(channel: string) {
    const queue = yield* Scope.fork(yield* Effect.scope)
    const session = yield* Effect.mapError(
      open(configOf(target, { applicationName: "heptad-listen", connectTimeout })),
      (error) => unavailable(target, error)
    )
    return yield* Effect.catch(
      Scope.provide(session.listen(channel), queue),
      // What the server refuses is a wrong name, and that is a bug of the caller.
      (error) => error.reason._tag === "ConnectionError" ? Effect.fail(unavailable(target, error)) : Effect.die(error)
    )
  })

/** The services on a server that answered. */
export const services = Effect.fnUntraced(function*(current: SessionPool.Current, server: PgServer.Server) {
  const { target } = server
  const pool = yield* SessionPool.make(current, server, yield* observer())
  const sql = yield* PgDatabase.make(current, pool)
  const { database, host, kind, port, user } = target
  return Context.make(SqlClient, sql).pipe(
    Context.add(Migrations, PgMigrations.make(target, current.config)),
    Context.add(Database, {
      info: { kind, host, port, database, user, serverVersion: server.version },
      ping: Effect.mapError(Effect.asVoid(sql`SELECT 1`), (error) => unavailableNow(target, error)),
      pools: Effect.sync(() => [pool.state()]),
      listen: listen(target, current.config.connection_pool.connection_timeout)
    })
  )
})

/** Waits for the server, at most the connection timeout. */
export const meet = (config: DatabaseConfig, target: Target) =>
  PgServer.meet(target, config.connection_pool.connection_timeout)

const build = Effect.fnUntraced(function*(config: DatabaseConfig, live: Plugin.Live<DatabaseConfig>) {
  const server = yield* meet(config, yield* targetOf(config))
  const current: SessionPool.Current = { config }
  const checks = new Pace(config.ha.failover.health_check_interval)
  yield* live.onChange((next) => {
    current.config = next
    return checks.set(next.ha.failover.health_check_interval)
  })
  const context = yield* services(current, server)
  yield* registerCheck(server.target, checks)
  yield* (yield* Operations).register(operation(Context.get(context, Database).pools))
  return context
})

/** Everything that the contract promises. */
export const layer = (config: DatabaseConfig, live: Plugin.Live<DatabaseConfig>) =>
  Layer.effectContext(build(config, live))
