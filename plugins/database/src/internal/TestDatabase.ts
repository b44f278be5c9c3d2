/**
 * For tests of packages that use the database: a real PostgreSQL, one server per run (started by the first test that
 * needs it), a fresh database per test file.
 */
import { ErrorCode, ErrorRegistry } from "@heptad/common"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Database } from "../Database.ts"
import type { EmbeddedServerFailed } from "../errors.ts"
import type { Migrations } from "../Migrations.ts"
import { createDatabase, dropDatabase } from "./EmbeddedPostgres.ts"
import { meet, services } from "./layer.ts"
import type { Target } from "./PgSession.ts"
import * as Server from "./testServer.ts"

/** The environment variable with the path of the socket on which tests ask for the server of their run. */
export const variable = "HEPTAD_TEST_DATABASE"

/** Runs the server of a run until the scope closes; answers, as JSON, what the runner tells to every test that asks. */
export const serve: Effect.Effect<string, EmbeddedServerFailed, Scope.Scope> = Server.serve

/** How to reach a database; the host is the folder of a unix socket. */
export interface Coordinates {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
}

/** Waits in tests are real although the test's own clock may stand still. */
const realTime = Effect.provideService(Clock.Clock, Clock.Clock.defaultValue())

const target = (coordinates: Coordinates): Target => ({
  kind: "external",
  ...coordinates,
  password: Redacted.make(coordinates.password),
  sslMode: "disable"
})

const name = Effect.map(Effect.sync(() => crypto.randomUUID()), (id) => `test_${id.replaceAll("-", "")}`)

const make = Effect.gen(function*() {
  const server = yield* Server.ask(yield* Config.String(variable))
  const coordinates: Coordinates = { ...server, database: yield* name }
  yield* createDatabase(target(coordinates))
  return coordinates
})

/** A fresh, empty database; dropped when the scope closes, whoever is still connected. */
export const fresh: Effect.Effect<Coordinates, never, Scope.Scope> = Effect.acquireRelease(
  Effect.orDie(make),
  (coordinates) => Effect.orDie(dropDatabase(target(coordinates)))
).pipe(realTime)

/** The `database` section of the settings that leads an app, or `DatabasePlugin`, to that database. */
export const settings = (coordinates: Coordinates) => ({
  connections: { primary: { ...coordinates, ssl_mode: "disable" } }
})

/** The same as environment variables, for an app that runs as a process. */
export const environment = (
  { database, host, password, port, user }: Coordinates
): Readonly<Record<string, string>> => ({
  DB_PRIMARY_HOST: host,
  DB_PRIMARY_PORT: String(port),
  DB_PRIMARY_NAME: database,
  DB_PRIMARY_USER: user,
  DB_PASSWORD: password
})

const uncounted = Layer.mock(ErrorRegistry)({ record: (error) => Effect.succeed(ErrorCode.ofError(error)) })

/** What a test may want different of the pool. */
export interface PoolOptions {
  /** Most sessions at a time. */
  readonly sessions: number
  /** Longest wait for one. */
  readonly patience?: Duration.Duration
}

const poolOf = ({ patience, sessions }: PoolOptions) => ({
  min_size: 0,
  max_size: sessions,
  ...(patience && { connection_timeout: Duration.format(patience) })
})

/** What the plugin provides, on a fresh database. */
export const layerWith = (options: PoolOptions): Layer.Layer<SqlClient | Migrations | Database> =>
  Layer.effectContext(
    Effect.gen(function*() {
      const coordinates = yield* fresh
      const config = Server.configOf({ ...settings(coordinates), connection_pool: poolOf(options) })
      return yield* services({ config }, yield* meet(config, target(coordinates)))
    }).pipe(Effect.orDie, realTime)
  ).pipe(Layer.provide(uncounted))

/** The same with at most 10 sessions. */
export const layer = layerWith({ sessions: 10 })
