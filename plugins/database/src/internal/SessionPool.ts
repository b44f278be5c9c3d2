/**
 * The sessions of one server. Whoever needs one first takes a place at the gate (so that waiting is fair, counted and bounded), then
 * a session of the driver's pool. Opening a session is tried again; a sent statement never is.
 */
import * as PgPool from "@effect/sql-pg/PgPool"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Connection } from "effect/sql/SqlConnection"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import type { DatabaseConfig } from "../config.ts"
import * as Metrics from "../metrics.ts"
import * as Gate from "./gate.ts"
import { MeasuredConnection, type Observer } from "./MeasuredConnection.ts"
import { applicationName, type Server } from "./PgServer.ts"
import { configOf, mayComeUp } from "./PgSession.ts"

const millis = (duration: Duration.Duration): string => String(Math.ceil(Duration.toMillis(duration)))

/** Limits that the server itself enforces on each session, in the spelling of its version. */
const limitsOf = ({ execution }: DatabaseConfig, version: number): Readonly<Record<string, string>> => ({
  statement_timeout: millis(execution.query_timeout),
  [version >= 17_00_00 ? "transaction_timeout" : "idle_in_transaction_session_timeout"]: millis(
    execution.transaction_timeout
  )
})

/** The pause after attempt number `attempt`, counted from 0. */
export const pauseOf = ({ execution }: DatabaseConfig, attempt: number): Duration.Duration =>
  Duration.min(
    Duration.times(execution.initial_backoff, execution.retry_backoff === "linear" ? attempt + 1 : 2 ** attempt),
    execution.max_backoff
  )

const retrySchedule = (config: DatabaseConfig) =>
  Schedule.recurs(config.execution.max_retry_attempts).pipe(
    Schedule.modifyDelay(({ output }) => Effect.succeed(pauseOf(config, output)))
  )

/** Gauges that are computed when somebody reads them, so that they cost a statement nothing. */
const showGate = Effect.fnUntraced(function*({ active, waiting }: Gate.Gate, size: number) {
  const context = yield* Effect.context<never>()
  const gauges = [[Metrics.poolSize, () => size], [Metrics.poolActive, active], [Metrics.poolWaiting, waiting]] as const
  for (const [metric, read] of gauges) {
    const hooks = { get: () => ({ value: read() }), update: () => undefined, modify: () => undefined }
    yield* Effect.acquireRelease(
      Effect.sync(() => Metric.registerUnsafe(metric, context, hooks)),
      (registration) => Effect.sync(registration.remove)
    )
  }
})

/** The settings in force: replaced when they change. What a session was opened with stays until it is replaced. */
export interface Current {
  config: DatabaseConfig
}

const gate = Effect.fnUntraced(function*(current: Current) {
  const { connection_timeout: patience, max_size: size } = current.config.connection_pool
  const maxWaiting = () => current.config.connection_pool.max_waiting
  const made = yield* Gate.make({ size, maxWaiting, patience })
  yield* showGate(made, size)
  return made
})

const poolOf = (config: DatabaseConfig, server: Server) => {
  const { connection_pool, performance } = config
  return PgPool.make({
    ...configOf(server.target, {
      applicationName,
      connectTimeout: connection_pool.connection_timeout,
      startupParameters: limitsOf(config, server.versionNumber)
    }),
    minConnections: Math.min(connection_pool.min_size, connection_pool.max_size),
    maxConnections: connection_pool.max_size,
    idleTimeout: connection_pool.idle_timeout,
    connectionTTL: connection_pool.max_lifetime,
    prepare: performance.prepared_statements,
    preparedStatementCacheSize: performance.statement_cache_size
  })
}

export interface SessionPool {
  readonly server: Server
  /** Lends a session for one effect. */
  readonly borrow: <A, E, R>(use: (session: Connection) => Effect.Effect<A, E, R>) => Effect.Effect<A, E | SqlError, R>
  /** A session until the scope closes, for work that outlives its effect. */
  readonly lease: Effect.Effect<Connection, SqlError, Scope.Scope>
  /** The same for a transaction: nobody else uses the session, and its time is limited. */
  readonly reserve: Effect.Effect<Connection, SqlError, Scope.Scope>
}

const isOpening = (error: unknown): boolean =>
  isSqlError(error) && error.reason.operation === "connect" && mayComeUp(error)

export const make = Effect.fnUntraced(function*(current: Current, server: Server, observe: Observer) {
  const { config } = current
  const pool = yield* poolOf(config, server)
  const turnstile = yield* gate(current)

  /** Without a schedule in the way of those that succeed at once. */
  const opened = <A, E, R>(get: Effect.Effect<A, E | SqlError, R>): Effect.Effect<A, E | SqlError, R> =>
    Effect.catchIf(
      get,
      isOpening,
      () =>
        Effect.retry(get, {
          schedule: retrySchedule(current.config),
          while: isOpening
        })
    )

  /** Failures before there was a session; those of statements are counted by the session. */
  const counted = <A, E, R>(effect: Effect.Effect<A, E | SqlError, R>) =>
    Effect.tapError(
      effect,
      (error) =>
        isSqlError(error) && (error.reason.operation === "connect" || error.reason.operation === "acquire")
          ? observe.failed(0, error)
          : Effect.void
    )

  const lease = <A>(get: Effect.Effect<A, SqlError, Scope.Scope>): Effect.Effect<A, SqlError, Scope.Scope> =>
    counted(
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(turnstile.enter(restore), () =>
          Effect.andThen(
            Effect.addFinalizer(() => Effect.sync(turnstile.leave)),
            restore(opened(get))
          ))
      )
    )

  const timeout = config.execution.transaction_timeout
  const made: SessionPool = {
    server,
    borrow: (use) => counted(turnstile.pass(opened(pool.use((each) => use(new MeasuredConnection(each, observe)))))),
    lease: Effect.map(lease(pool.get), (each) => new MeasuredConnection(each, observe)),
    reserve: Effect.map(lease(pool.reserve), (each) => new MeasuredConnection(each, observe, timeout))
  }
  return made
})
