/** The session on which migrations run: its own, so that its lock and its time limits never meet the pool. */
import * as PgClient from "@effect/sql-pg/PgClient"
import type { PgConnection } from "@effect/sql-pg/PgConnection"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Os from "node:os"
import type { DatabaseConfig } from "../../config.ts"
import { MeasuredConnection, type Observer } from "../MeasuredConnection.ts"
import { configOf, open, type Target } from "../PgSession.ts"

/** Migrations are told one by one in the log; they do not belong to the times of the app's statements. */
const uncounted: Observer = { begun: () => undefined, ended: () => undefined, failed: () => Effect.void }

export interface Room {
  readonly session: PgConnection
  /** Effect's client on this session, with which a whole migration is a transaction. */
  readonly client: SqlClient.SqlClient
  /** One statement of a text, with the server's own words where it fails. */
  readonly run: (statement: string) => Effect.Effect<unknown, SqlError>
}

/** As others see it while they wait; the host's name is that of the pod. The server cuts at 63 bytes. */
const applicationName = `heptad-migrations ${Os.hostname()}`

const roomOf = Effect.fnUntraced(function*(session: PgConnection) {
  const connection = new MeasuredConnection(session, uncounted)
  let broken = false
  const client = yield* SqlClient.make({
    acquirer: Effect.succeed(connection),
    compiler: PgClient.makeCompiler(),
    driver: "pg",
    releaseSavepoint: (name) => `RELEASE SAVEPOINT ${name}`,
    // Effect takes a failing ROLLBACK for a defect, and on a broken session it can only fail.
    isTransaction: () => !connection.lost && !broken,
    spanAttributes: []
  })
  const run = (statement: string) =>
    Effect.tapError(session.query(statement, [], false), ({ reason }) =>
      Effect.sync(() => {
        if (reason._tag === "ConnectionError") broken = true
      }))
  const room: Room = { session, client, run }
  return room
}, Effect.provide(Reactivity.layer))

/** Migrations may run long; only waiting for locks is limited. */
export const enter = Effect.fnUntraced(function*(target: Target, config: DatabaseConfig) {
  const session = yield* open(configOf(target, {
    applicationName,
    connectTimeout: config.connection_pool.connection_timeout,
    startupParameters: {
      statement_timeout: "0",
      lock_timeout: String(Math.ceil(Duration.toMillis(config.migrations.lock_timeout))),
      client_min_messages: "warning"
    }
  }))
  return yield* roomOf(session)
})
