/** Effect's `SqlClient` over the sessions of one server, or of several. */
import * as Effect from "effect/Effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import type { SqlError } from "effect/sql/SqlError"
import * as Compiler from "./compiler.ts"
import { MeasuredConnection } from "./MeasuredConnection.ts"
import type { Target } from "./PgSession.ts"
import type { Lending } from "./pool/lending.ts"
import { Idempotent } from "./queries/references.ts"
import { mayRepeat, type Retries } from "./queries/retries.ts"
import * as Statement from "./queries/Statement.ts"

/** Only sessions of ours are ever lent. */
const commit = (connection: Connection): Effect.Effect<void, SqlError> =>
  connection instanceof MeasuredConnection ? connection.commit() : Effect.asVoid(connection.executeRaw("COMMIT", []))

/** Where there are several servers, nothing can tell the span of a statement which one it went to. */
export const spanAttributesOf = ({ database, host, port }: Target, alone: boolean) =>
  [
    ["db.system.name", "postgresql"],
    ["db.namespace", database],
    ...(alone ? [["server.address", host], ["server.port", port]] as const : [])
  ] as const

export interface Options {
  readonly sessions: Lending
  readonly retries: Retries
  readonly preparedStatements: boolean
  readonly spanAttributes: ReadonlyArray<readonly [string, unknown]>
}

/** Lends for a statement outside of a transaction. */
const borrowerOf = (sessions: Lending, { again, budget }: Retries): Statement.Borrow => (fiber, use) => {
  budget.earn()
  return fiber.getRef(Idempotent) ? again(sessions.borrow(use), mayRepeat) : sessions.borrow(use)
}

export const make = ({ preparedStatements, retries, sessions, spanAttributes }: Options) => {
  const borrow = borrowerOf(sessions, retries)
  const client = SqlClient.make({
    acquirer: sessions.lease,
    borrower: (use) => Effect.withFiber((fiber) => borrow(fiber, use)),
    transactionAcquirer: sessions.reserve,
    compiler: Compiler.make(),
    driver: "pg",
    prepareTransactionControls: preparedStatements,
    releaseSavepoint: (name) => `RELEASE SAVEPOINT ${name}`,
    commit,
    // Effect takes a failing ROLLBACK for a defect, and on a broken session it can only fail.
    isTransaction: (connection) => !(connection instanceof MeasuredConnection && connection.lost),
    spanAttributes
  }).pipe(Effect.provide(Reactivity.layer))
  return Effect.map(client, (sql) => Statement.make(sql, borrow))
}
