/**
 * A session as Effect's `SqlClient` sees it, with the time and the outcome of each statement counted. The counting is a
 * few plain calls around the driver's own effect: no span, no fiber, no generator per statement.
 */
import type { PgConnection, Result, Row } from "@effect/sql-pg/PgConnection"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"
import type { Connection } from "effect/sql/SqlConnection"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import type { AnySpan } from "effect/Tracer"
import * as Failures from "./queries/failures.ts"
import { StatementTimeout } from "./queries/references.ts"

export interface Observer {
  /** What is to be said before a statement; mostly nothing. */
  readonly begun: (sql: string, span: AnySpan | undefined) => Effect.Effect<void> | undefined
  /** Times a statement that began at that millisecond of the monotonic clock, and what is to be said about it; mostly nothing. */
  readonly ended: (
    sql: string,
    startedAt: number,
    /** What the driver answered; undefined where the statement failed. */
    result: unknown,
    span: AnySpan | undefined
  ) => Effect.Effect<void> | undefined
  readonly failed: (error: SqlError) => Effect.Effect<void>
}

type Transform = (<A extends object>(row: ReadonlyArray<A>) => ReadonlyArray<A>) | undefined

/** What Effect says to end a transaction. On a session that broke the server has done it already. */
const endsTransaction = (sql: string): boolean => sql.startsWith("ROLLBACK") || sql.startsWith("RELEASE SAVEPOINT ")

const rowsOf = ({ rows }: Result): ReadonlyArray<Row> => rows

/** Interrupting a statement is what cancels it on the server. */
const limited = <A>(statement: Effect.Effect<A, SqlError>, most: Duration.Duration | undefined) =>
  most === undefined
    ? statement
    : Effect.timeoutOrElse(statement, { duration: most, orElse: () => Effect.fail(Failures.tookTooLong(most)) })

type AnyFiber = Fiber.Fiber<unknown, unknown>

export interface Use {
  /** Who alone sends statements, each as soon as it is made. */
  readonly fiber?: AnyFiber
  readonly transactionTimeout?: Duration.Duration
}

export class MeasuredConnection implements Connection {
  private readonly session: PgConnection
  private readonly observer: Observer
  private readonly fiber: AnyFiber | undefined
  /** How long the server lets a transaction of this session be open; absent where none is begun. */
  private transactionTimeout: Duration.Duration | undefined
  private readonly acquiredAt: number
  /** The session broke: there is nothing to roll back any more, and no way to do it. */
  lost = false

  constructor(session: PgConnection, observer: Observer, { fiber, transactionTimeout }: Use = {}) {
    this.session = session
    this.fiber = fiber
    this.observer = observer
    this.transactionTimeout = transactionTimeout
    this.acquiredAt = transactionTimeout === undefined ? 0 : performance.now()
  }

  /** How long a transaction could be open, when that is over. */
  private expired(error: SqlError): Duration.Duration | undefined {
    const timeout = this.transactionTimeout
    if (timeout === undefined || Duration.isZero(timeout)) return undefined
    const over = performance.now() - this.acquiredAt >= Duration.toMillis(timeout)
    return over || Failures.endedByTimeout(error) ? timeout : undefined
  }

  /** What the failure really was, and what it means for this session. */
  private judge(error: SqlError): SqlError {
    if (!Failures.breaksSession(error)) return Failures.statementFailed(error)
    this.lost = true
    return Failures.sessionLost(error, this.expired(error))
  }

  private failed(error: SqlError): Effect.Effect<never, SqlError> {
    return Effect.andThen(this.observer.failed(error), Effect.fail(error))
  }

  /** What a fiber sends; whoever lent the session for one effect said whose that is. */
  private by<A>(send: (fiber: AnyFiber) => Effect.Effect<A, SqlError>): Effect.Effect<A, SqlError> {
    return this.fiber === undefined ? Effect.withFiber(send) : send(this.fiber)
  }

  private measure<A, B>(
    sql: string,
    statement: Effect.Effect<A, SqlError>,
    pick: (result: A) => B,
    judge?: (error: SqlError) => SqlError
  ): Effect.Effect<B, SqlError> {
    return this.by((fiber) => {
      const { span } = fiber.cache
      const before = this.observer.begun(sql, span)
      const startedAt = performance.now()
      const run = Effect.matchEffect(limited(statement, fiber.getRef(StatementTimeout)), {
        onFailure: (error) => {
          const failed = this.failed(judge === undefined ? this.judge(error) : judge(error))
          const after = this.observer.ended(sql, startedAt, undefined, span)
          return after === undefined ? failed : Effect.andThen(after, failed)
        },
        onSuccess: (result) => {
          const after = this.observer.ended(sql, startedAt, result, span)
          const picked = Effect.succeed(pick(result))
          return after === undefined ? picked : Effect.andThen(after, picked)
        }
      })
      return before === undefined ? run : Effect.andThen(before, run)
    })
  }

  /** A transaction that was just begun may be open for longer than others; `limit` is the setting of the server. */
  allow(timeout: Duration.Duration, limit: string): Effect.Effect<void, SqlError> {
    this.transactionTimeout = timeout
    // Only off and on again starts the server's clock anew.
    const sql = "SELECT set_config($1, '0', true), set_config($1, $2, true)"
    return Effect.asVoid(this.execute(sql, [limit, String(Math.ceil(Duration.toMillis(timeout)))], undefined))
  }

  /** On a session that was dead before, the driver answers in the same turn of the event loop, and sends nothing. */
  commit(): Effect.Effect<void, SqlError> {
    return Effect.suspend(() => {
      let sent = false
      queueMicrotask(() => {
        sent = true
      })
      const judge = (error: SqlError): SqlError => {
        const judged = this.judge(error)
        return this.lost && sent ? Failures.commitUnknown(error) : judged
      }
      return Effect.flatMap(
        Effect.provideService(
          this.measure("COMMIT", this.session.query("COMMIT"), identity, judge),
          StatementTimeout,
          undefined
        ),
        // PostgreSQL answers ROLLBACK to the COMMIT of a transaction that had failed; that must not look like a commit.
        ({ command }) => command === "ROLLBACK" ? Effect.fail(Failures.rolledBack()) : Effect.void
      )
    })
  }

  private rows(sql: string, params: ReadonlyArray<unknown>, transform: Transform, prepare: boolean) {
    const rows = this.measure(sql, this.session.query(sql, params, prepare), rowsOf)
    if (transform !== undefined) return Effect.map(rows, transform)
    if (this.transactionTimeout === undefined || !endsTransaction(sql)) return rows
    return Effect.catchIf(rows, () => this.lost, () => Effect.succeed([]))
  }

  execute(sql: string, params: ReadonlyArray<unknown>, transform: Transform) {
    return this.rows(sql, params, transform, true)
  }

  executeUnprepared(sql: string, params: ReadonlyArray<unknown>, transform: Transform) {
    return this.rows(sql, params, transform, false)
  }

  executeRaw(sql: string, params: ReadonlyArray<unknown>) {
    return this.measure(sql, this.session.query(sql, params), identity)
  }

  executeValues(sql: string, params: ReadonlyArray<unknown>) {
    return this.measure(sql, this.session.queryValues(sql, params), identity)
  }

  executeValuesUnprepared(sql: string, params: ReadonlyArray<unknown>) {
    return this.measure(sql, this.session.queryValues(sql, params, false), identity)
  }

  /** Its time is not measured: it is that of whoever reads it. */
  executeStream(sql: string, params: ReadonlyArray<unknown>, transform: Transform) {
    const stream = Stream.catch(
      this.session.stream(sql, params),
      (error) => Stream.fromEffect(this.failed(this.judge(error)))
    )
    return transform === undefined ? stream : Stream.map(stream, (row) => transform([row])[0] ?? row)
  }
}
