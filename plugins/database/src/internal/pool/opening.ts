/** Opens sessions with one server, with its limits in force, and tries again while it only comes up. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import type { DatabaseConfig } from "../../config.ts"
import { ConnectTimedOut } from "../../errors.ts"
import { applicationName, type Server } from "../PgServer.ts"
import { configOf, gotNoAnswer, mayComeUp } from "../PgSession.ts"
import { jittered, pauseOf } from "../queries/retries.ts"
import { refused } from "./refused.ts"
import * as Session from "./session.ts"
import type { Sessions } from "./Sessions.ts"

interface Current {
  readonly config: DatabaseConfig
}

export interface Opening {
  /** `got` has the session before anybody can be interrupted. */
  readonly once: (got: (session: Session.Session) => void) => Effect.Effect<void, SqlError>
  /** The same, tried again as the settings say. */
  readonly again: Opening["once"]
}

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
export const make = (current: Current, server: Server, sessions: Sessions): Opening => {
  const { connection_pool } = current.config
  const config = driverConfig(current.config, server)
  const once: Opening["once"] = (got) =>
    Effect.mapError(
      Session.open(config, connection_pool.max_lifetime, (session) => {
        session.socket.once("close", () => sessions.ended(session))
        got(session)
      }),
      named(current.config, server)
    )
  const again: Opening["again"] = (got) =>
    Effect.suspend(() => Effect.retry(once(got), { schedule: retrySchedule(current.config), while: isOpening }))
  return { once, again }
}
