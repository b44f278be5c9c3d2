/** Effect's `SqlClient` over the sessions of a server. */
import * as Effect from "effect/Effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import { SqlError, UnknownError } from "effect/sql/SqlError"
import * as Compiler from "./compiler.ts"
import { MeasuredConnection } from "./MeasuredConnection.ts"
import type { Server } from "./PgServer.ts"
import type * as SessionPool from "./SessionPool.ts"

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

const spanAttributes = ({ target }: Server) =>
  [
    ["db.system.name", "postgresql"],
    ["db.namespace", target.database],
    ["server.address", target.host],
    ["server.port", target.port]
  ] as const

export const make = Effect.fnUntraced(function*(current: SessionPool.Current, pool: SessionPool.SessionPool) {
  return yield* SqlClient.make({
    acquirer: pool.lease,
    borrower: pool.borrow,
    transactionAcquirer: pool.reserve,
    compiler: Compiler.make(),
    driver: "pg",
    prepareTransactionControls: current.config.performance.prepared_statements,
    releaseSavepoint: (name) => `RELEASE SAVEPOINT ${name}`,
    commit,
    // Effect takes a failing ROLLBACK for a defect, and on a broken session it can only fail.
    isTransaction: (connection) => !(connection instanceof MeasuredConnection && connection.lost),
    spanAttributes: spanAttributes(pool.server)
  }).pipe(Effect.provide(Reactivity.layer))
})
