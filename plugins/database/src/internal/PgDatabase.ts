/** A pool of sessions behind Effect's `SqlClient`, on @effect/sql-pg's own wire driver. */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as PgPool from "@effect/sql-pg/PgPool"
import { type ErrorCode, ErrorRegistry } from "@heptad/common"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import { isSqlError, SqlError, UnknownError } from "effect/sql/SqlError"
import type { DatabaseConfig } from "../config.ts"
import { errorCodeOf } from "../errorCodeOf.ts"
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

/** PostgreSQL answers ROLLBACK to the COMMIT of a transaction that had failed; that must not look like a commit. */
const commit = (connection: Connection): Effect.Effect<void, SqlError> =>
  Effect.flatMap(
    connection.executeRaw("COMMIT", []),
    (result) =>
      typeof result === "object" && result !== null && "command" in result && result.command === "ROLLBACK"
        ? Effect.fail(
          new SqlError({
            reason: new UnknownError({
              cause: new Error("the transaction had failed before"),
              message: "COMMIT of a transaction that had failed rolled it back",
              operation: "commit"
            })
          })
        )
        : Effect.void
  )

/** Failures of the server or of ourselves; a wrong value of a client is only counted in the metric. */
const isOperational = (code: ErrorCode.ErrorCode): boolean => code.httpStatus >= 500

const observer = Effect.fnUntraced(function*() {
  const context = yield* Effect.context<never>()
  const registry = yield* ErrorRegistry
  const result: Observer = {
    now: () => performance.now() / 1000,
    succeeded: (seconds) => Metrics.queryDuration.updateUnsafe(seconds, context),
    failed: (seconds, error) => {
      const code = errorCodeOf(error)
      Metrics.queryDuration.updateUnsafe(seconds, context)
      Metrics.errorsOf(code.name.replace(/^\w+\./, "")).updateUnsafe(1, context)
      return isOperational(code) ? registry.record({ errorCode: code, message: error.message }) : Effect.void
    }
  }
  return result
})

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

const spanAttributes = ({ target }: Server) =>
  [
    ["db.system.name", "postgresql"],
    ["db.namespace", target.database],
    ["server.address", target.host],
    ["server.port", target.port]
  ] as const

/**
 * The client. A statement first takes a place at the gate (so that waiting is fair, counted and bounded), then a session
 * of the pool. Opening a session is tried again; a sent statement never is.
 */
export const make = Effect.fnUntraced(function*(current: Current, server: Server) {
  const { config } = current
  const pool = yield* poolOf(config, server)
  const turnstile = yield* gate(current)
  const observe = yield* observer()
  const opening = (error: SqlError) => error.reason.operation === "connect" && mayComeUp(error)

  /** Without a schedule in the way of those that succeed at once. */
  const opened = <A, E, R>(get: Effect.Effect<A, E | SqlError, R>): Effect.Effect<A, E | SqlError, R> =>
    Effect.catchIf(
      get,
      (error) => isSqlError(error) && opening(error),
      () =>
        Effect.retry(get, {
          schedule: retrySchedule(current.config),
          while: (error) => isSqlError(error) && opening(error)
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
  const client = yield* SqlClient.make({
    acquirer: Effect.map(lease(pool.get), (each) => new MeasuredConnection(each, observe)),
    borrower: (use) => counted(turnstile.pass(opened(pool.use((each) => use(new MeasuredConnection(each, observe)))))),
    transactionAcquirer: Effect.map(lease(pool.reserve), (each) => new MeasuredConnection(each, observe, timeout)),
    compiler: PgClient.makeCompiler(),
    driver: "pg",
    prepareTransactionControls: config.performance.prepared_statements,
    releaseSavepoint: (name) => `RELEASE SAVEPOINT ${name}`,
    commit,
    // Effect takes a failing ROLLBACK for a defect, and on a broken session it can only fail.
    isTransaction: (connection) => !(connection instanceof MeasuredConnection && connection.lost),
    spanAttributes: spanAttributes(server)
  }).pipe(Effect.provide(Reactivity.layer))
  return client
})
