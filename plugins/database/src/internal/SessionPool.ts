/**
 * The sessions of one server. Whoever finds a free one goes on at once; the others wait in a line that is fair, counted and bounded.
 * Opening a session is tried again; a sent statement never is.
 */
import type { PgConnection } from "@effect/sql-pg/PgConnection"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Connection } from "effect/sql/SqlConnection"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import type { DatabaseConfig } from "../config.ts"
import type { PoolState } from "../Database.ts"
import { ConnectTimedOut, PoolClosed } from "../errors.ts"
import { MeasuredConnection, type Observer, type Use } from "./MeasuredConnection.ts"
import { applicationName, type Server } from "./PgServer.ts"
import { configOf, gotNoAnswer, mayComeUp } from "./PgSession.ts"
import { Lease } from "./pool/lease.ts"
import { refused } from "./pool/refused.ts"
import * as Session from "./pool/session.ts"
import { Sessions } from "./pool/Sessions.ts"
import { gauges, stateOf } from "./pool/state.ts"
import * as Upkeep from "./pool/upkeep.ts"
import * as Waiting from "./pool/waiting.ts"
import { jittered, pauseOf } from "./queries/retries.ts"

const millis = (duration: Duration.Duration): string => String(Math.ceil(Duration.toMillis(duration)))

/** The server's own limit of a transaction: servers before 17 know only one for idling. */
export const limitOf = (version: number): string =>
  version >= 17_00_00 ? "transaction_timeout" : "idle_in_transaction_session_timeout"

/** Limits that the server itself enforces on each session, in the spelling of its version. */
const limitsOf = ({ execution }: DatabaseConfig, version: number): Readonly<Record<string, string>> => ({
  statement_timeout: millis(execution.query_timeout),
  [limitOf(version)]: millis(execution.transaction_timeout)
})

const retrySchedule = (config: DatabaseConfig) =>
  Schedule.recurs(config.execution.max_retry_attempts).pipe(
    Schedule.modifyDelay(({ output }) => jittered(pauseOf(config, output)))
  )

/** The settings in force: replaced when they change. What a session was opened with stays until it is replaced. */
export interface Current {
  config: DatabaseConfig
}

const driverConfig = (config: DatabaseConfig, server: Server) => ({
  ...configOf(server.target, {
    applicationName,
    connectTimeout: config.connection_pool.connection_timeout,
    startupParameters: limitsOf(config, server.versionNumber)
  }),
  multiplex: config.connection_pool.multiplex,
  prepare: config.performance.prepared_statements,
  preparedStatementCacheSize: config.performance.statement_cache_size
})

/** What Effect's client needs: sessions of one server, or of whichever is the right one. */
export interface Lending {
  /**
   * Lends a session for one effect; with `multiplex` others may send statements on it meanwhile. Made anew for each use: it is not to be
   * run twice at once.
   */
  readonly borrow: <A, E, R>(use: (session: Connection) => Effect.Effect<A, E, R>) => Effect.Effect<A, E | SqlError, R>
  /** A session of one's own until the scope closes, for work that outlives its effect. */
  readonly lease: Effect.Effect<Connection, SqlError, Scope.Scope>
  /** The same for a transaction, whose time is limited. */
  readonly reserve: Effect.Effect<Connection, SqlError, Scope.Scope>
}

export interface SessionPool extends Lending {
  readonly server: Server
  /** Numbers and holders at this moment. */
  readonly state: () => PoolState
  /** All sessions make way for new ones: idle ones at once, those in use when they are given back. */
  readonly renew: () => void
}

const isOpening = (error: unknown): boolean =>
  isSqlError(error) && error.reason.operation === "connect" && mayComeUp(error)

/** The driver tells a connect deadline by its text only. */
const named = ({ connection_pool }: DatabaseConfig, { target }: Server) => (error: SqlError): SqlError =>
  gotNoAnswer(error)
    ? refused(
      new ConnectTimedOut({
        host: target.host,
        port: target.port,
        waited: Duration.format(connection_pool.connection_timeout)
      }),
      "connect"
    )
    : error

/** How sessions are opened: once, and tried again. */
const opening = (current: Current, server: Server, sessions: Sessions) => {
  const { connection_pool } = current.config
  const config = driverConfig(current.config, server)
  const once = (got: (session: Session.Session) => void) =>
    Effect.mapError(
      Session.open(config, connection_pool.max_lifetime, (session) => {
        session.socket.once("close", () => sessions.ended(session))
        got(session)
      }),
      named(current.config, server)
    )
  const again = (got: (session: Session.Session) => void) =>
    Effect.suspend(() => Effect.retry(once(got), { schedule: retrySchedule(current.config), while: isOpening }))
  return { once, again }
}

const sessionsOf = ({ connection_pool }: DatabaseConfig, clock: Clock.Clock, close: (one: Session.Session) => void) =>
  new Sessions({
    clock,
    size: connection_pool.max_size,
    depth: connection_pool.multiplex ? connection_pool.multiplex_depth : 0,
    spread: connection_pool.min_size,
    step: Duration.toMillis(Waiting.patienceOf(connection_pool)) / 10,
    checkAfter: Duration.toMillis(connection_pool.validate_after) || Infinity,
    close
  })

const isInterrupted = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause)

export const make = Effect.fnUntraced(function*(current: Current, server: Server, observe: Observer) {
  const { config } = current
  const run = yield* FiberSet.makeRuntime<never>()
  const sessions = sessionsOf(config, yield* Clock.Clock, (session) => run(Session.close(session)))
  const { again, once } = opening(current, server, sessions)
  const wait = Waiting.make(sessions, () => current.config.connection_pool, run)
  const state = () => stateOf(sessions, server, config.connection_pool.max_size)

  const settled = (session: Session.Session) =>
    Effect.map(Session.check(session), (well) => well ? sessions.admit(session) : sessions.discard(session))

  /** A cancelled statement may leave a cancellation behind, which the next round trip takes away. */
  const settle = (lease: Lease) => {
    const session = sessions.setAside(lease)
    if (session !== undefined) run(settled(session))
  }

  const giveBack = (lease: Lease, exit: Exit.Exit<unknown, unknown>): undefined => {
    const lost = lease.connection?.lost === true
    if (!lost && lease.exclusive && isInterrupted(exit)) settle(lease)
    sessions.give(lease, lost)
  }

  /** Failures before there was a session; those of statements are counted by the session. */
  const counted = <A>(effect: Effect.Effect<A, SqlError>) => Effect.tapError(effect, (error) => observe.failed(error))

  /** What a lease still has to do for its session. */
  const prepare = Effect.fnUntraced(function*(lease: Lease) {
    if (sessions.closed) return yield* refused(new PoolClosed())
    if (lease.task === "check" && lease.session !== undefined) {
      if (yield* Session.check(lease.session)) sessions.checked(lease)
      else sessions.dead(lease)
    }
    if (lease.task === "open") yield* again((session) => sessions.opened(lease, session))
  }, counted)

  const prepared = (lease: Lease): Effect.Effect<void, SqlError> =>
    Effect.suspend(() => lease.task === "nothing" && lease.session !== undefined ? Effect.void : prepare(lease))

  const waited = (lease: Lease, fiber: Fiber.Fiber<unknown, unknown>) =>
    Effect.andThen(counted(wait(lease, fiber)), prepared(lease))

  const sessionOf = (lease: Lease): Effect.Effect<PgConnection> =>
    Effect.suspend(() =>
      lease.session === undefined ? Effect.die("a lease without a session") : Effect.succeed(lease.session.connection)
    )

  const measured = (lease: Lease, connection: PgConnection, by?: Use) =>
    lease.connection = new MeasuredConnection(connection, observe, by)

  const alone = !config.connection_pool.multiplex

  const borrow: SessionPool["borrow"] = (use) => {
    let lent: Lease | undefined
    return Effect.onExitPrimitive(
      Effect.withFiber((fiber) => {
        const lease = lent = new Lease(alone)
        lease.by(fiber)
        const taken = sessions.take(lease)
        if (taken && lease.task === "nothing" && lease.session !== undefined) {
          return use(measured(lease, lease.session.connection, { fiber }))
        }
        const got = taken ? prepare(lease) : waited(lease, fiber)
        return Effect.flatMap(Effect.andThen(got, sessionOf(lease)), (one) => use(measured(lease, one, { fiber })))
      }),
      (exit) => lent === undefined ? undefined : giveBack(lent, exit)
    )
  }

  /** The finalizer comes first, so that whatever is got later is given back. */
  const held = Effect.uninterruptibleMask((restore) =>
    Effect.withFiber<Lease, SqlError, Scope.Scope>((fiber) => {
      const lease = new Lease(true)
      lease.by(fiber)
      const got = Effect.suspend(() => sessions.take(lease) ? prepared(lease) : waited(lease, fiber))
      return Effect.addFinalizer((exit) => Effect.sync(() => giveBack(lease, exit))).pipe(
        Effect.andThen(
          Effect.onError(restore(got), (cause) => Effect.sync(() => giveBack(lease, Exit.failCause(cause))))
        ),
        Effect.as(lease)
      )
    })
  )

  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => Effect.forEach(sessions.shut(refused(new PoolClosed())), Session.close, { discard: true }))
  )
  yield* Upkeep.start(current, sessions, once)
  yield* gauges(sessions, config.connection_pool.max_size)
  const made: SessionPool = {
    server,
    borrow,
    lease: Effect.flatMap(held, (lease) => Effect.map(sessionOf(lease), (one) => measured(lease, one))),
    reserve: Effect.flatMap(held, (lease) =>
      Effect.map(
        Effect.flatMap(sessionOf(lease), ({ pin }) => pin),
        (one) => measured(lease, one, { transactionTimeout: config.execution.transaction_timeout })
      )),
    state,
    renew: () => sessions.renew()
  }
  return made
})
