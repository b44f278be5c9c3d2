/**
 * A session as Effect's `SqlClient` sees it, with the time and the outcome of each statement counted. The counting is a
 * few plain calls around the driver's own effect: no span, no fiber, no generator per statement.
 */
import type { PgConnection } from "@effect/sql-pg/PgConnection"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Connection } from "effect/sql/SqlConnection"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import { TransactionTimedOut } from "../errors.ts"

export interface Observer {
  /** Seconds of the monotonic clock. */
  readonly now: () => number
  readonly succeeded: (seconds: number) => void
  readonly failed: (seconds: number, error: SqlError) => Effect.Effect<void>
}

type Transform = (<A extends object>(row: ReadonlyArray<A>) => ReadonlyArray<A>) | undefined

/** The server closes a session whose transaction is too old; the driver tells only that it was closed. */
const timedOut = (timeout: Duration.Duration): SqlError => {
  const cause = new TransactionTimedOut({ timeout: Duration.format(timeout) })
  return new SqlError({ reason: new ConnectionError({ cause, message: cause.message, operation: "query" }) })
}

export class MeasuredConnection implements Connection {
  private readonly session: PgConnection
  private readonly observer: Observer
  /** How long the server lets a transaction of this session be open; absent where none is begun. */
  private readonly transactionTimeout: Duration.Duration | undefined
  private readonly acquiredAt: number
  /** The session broke: there is nothing to roll back any more, and no way to do it. */
  lost = false

  constructor(session: PgConnection, observer: Observer, transactionTimeout?: Duration.Duration) {
    this.session = session
    this.observer = observer
    this.transactionTimeout = transactionTimeout
    this.acquiredAt = transactionTimeout === undefined ? 0 : observer.now()
  }

  /** What the failure really was, and what it means for this session. */
  private judge(error: SqlError): SqlError {
    if (error.reason._tag !== "ConnectionError") return error
    this.lost = true
    const timeout = this.transactionTimeout
    const expired = timeout !== undefined && Duration.isGreaterThan(timeout, Duration.zero) &&
      this.observer.now() - this.acquiredAt >= Duration.toSeconds(timeout)
    return expired ? timedOut(timeout) : error
  }

  private measure<A>(statement: Effect.Effect<A, SqlError>): Effect.Effect<A, SqlError> {
    return Effect.suspend(() => {
      const startedAt = this.observer.now()
      return Effect.matchEffect(statement, {
        onFailure: (error) => {
          const judged = this.judge(error)
          return Effect.andThen(
            this.observer.failed(this.observer.now() - startedAt, judged),
            Effect.fail(judged)
          )
        },
        onSuccess: (result) => {
          this.observer.succeeded(this.observer.now() - startedAt)
          return Effect.succeed(result)
        }
      })
    })
  }

  private rows(sql: string, params: ReadonlyArray<unknown>, transform: Transform, prepare: boolean) {
    const rows = Effect.map(this.measure(this.session.query(sql, params, prepare)), (result) => result.rows)
    return transform === undefined ? rows : Effect.map(rows, transform)
  }

  execute(sql: string, params: ReadonlyArray<unknown>, transform: Transform) {
    return this.rows(sql, params, transform, true)
  }

  executeUnprepared(sql: string, params: ReadonlyArray<unknown>, transform: Transform) {
    return this.rows(sql, params, transform, false)
  }

  executeRaw(sql: string, params: ReadonlyArray<unknown>) {
    return this.measure(this.session.query(sql, params))
  }

  executeValues(sql: string, params: ReadonlyArray<unknown>) {
    return this.measure(this.session.queryValues(sql, params))
  }

  executeValuesUnprepared(sql: string, params: ReadonlyArray<unknown>) {
    return this.measure(this.session.queryValues(sql, params, false))
  }

  /** Not measured: its time is that of whoever reads it. */
  executeStream(sql: string, params: ReadonlyArray<unknown>, transform: Transform) {
    const stream = this.session.stream(sql, params)
    return transform === undefined ? stream : Stream.map(stream, (row) => transform([row])[0] ?? row)
  }
}
