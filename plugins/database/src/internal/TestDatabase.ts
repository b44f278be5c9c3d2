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
import type { MigrationSet } from "../Migration.ts"
import type { Migrations } from "../Migrations.ts"
import { dropDatabase } from "./EmbeddedPostgres.ts"
import { meet, services } from "./layer.ts"
import type { Target } from "./PgSession.ts"
import { create, freshName } from "./testDatabases.ts"
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

const make = Effect.fnUntraced(function*(sets: ReadonlyArray<MigrationSet>) {
  const server = yield* Server.ask(yield* Config.String(variable))
  const coordinates: Coordinates = { ...server, database: freshName() }
  yield* create(target(coordinates), Server.configOf({}), sets)
  return coordinates
})

/**
 * A fresh database with these sets of migrations applied, in this order; dropped when the scope closes, whoever is still connected. The
 * sets are applied once per run and copied from then on.
 */
export const freshWith = (
  sets: ReadonlyArray<MigrationSet>
): Effect.Effect<Coordinates, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.orDie(make(sets)),
    (coordinates) => Effect.orDie(dropDatabase(target(coordinates)))
  ).pipe(realTime)

/** A fresh, empty database; dropped when the scope closes, whoever is still connected. */
export const fresh: Effect.Effect<Coordinates, never, Scope.Scope> = freshWith([])

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

/** What a test may want different. */
export interface Options {
  /** Most sessions at a time. */
  readonly sessions: number
  /** Longest wait for one. */
  readonly patience?: Duration.Duration
  /** What is applied before the first statement; it costs a copy of a template. */
  readonly migrations?: ReadonlyArray<MigrationSet>
}

const poolOf = ({ patience, sessions }: Options) => ({
  min_size: 0,
  max_size: sessions,
  ...(patience && { connection_timeout: Duration.format(patience) })
})

/** What the plugin provides, on a fresh database. */
export const layerWith = (options: Options): Layer.Layer<SqlClient | Migrations | Database> =>
  Layer.effectContext(
    Effect.gen(function*() {
      const coordinates = yield* freshWith(options.migrations ?? [])
      const config = Server.configOf({ ...settings(coordinates), connection_pool: poolOf(options) })
      return yield* services({ config }, yield* meet(config, target(coordinates)))
    }).pipe(Effect.orDie, realTime)
  ).pipe(Layer.provide(uncounted))

/** The same with at most 10 sessions. */
export const layer = layerWith({ sessions: 10 })

/** The same with these sets of migrations applied, in this order. */
export const layerMigrated = (...migrations: ReadonlyArray<MigrationSet>) => layerWith({ sessions: 10, migrations })
