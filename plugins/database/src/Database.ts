/** Which PostgreSQL servers this app talks to, and whether they answer. Queries go through `SqlClient`. */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { SqlError } from "effect/sql/SqlError"
import type { Statement } from "effect/sql/Statement"
import type * as Stream from "effect/Stream"
import type { DatabaseUnavailable } from "./errors.ts"
import { Idempotent, StatementTimeout } from "./internal/queries/references.ts"
import { Route } from "./Route.ts"

/** What somebody sent by NOTIFY or `pg_notify`. */
export interface Notification {
  readonly channel: string
  readonly payload: string
}

/** Who has a session at this moment. */
export interface SessionHolder {
  /** Innermost span of the fiber when it got the session, those of statements and transactions left out. */
  readonly span: string | undefined
  readonly traceId: string | undefined
  /** The log annotation `plugin` of the fiber. */
  readonly plugin: string | undefined
  readonly fiber: number
  readonly heldMillis: number
}

/** The sessions of one server at this moment. */
export interface PoolState {
  /** Host and port. */
  readonly server: string
  /** Most sessions at a time (`connection_pool.max_size`). */
  readonly size: number
  /** Open or being opened; `active` of them are in use, the others idle. */
  readonly open: number
  readonly active: number
  readonly idle: number
  /** Statements and transactions that wait for a session, by their `Priority`. */
  readonly waiting: { readonly high: number; readonly normal: number; readonly low: number }
  /** How often somebody held a session for longer than `connection_pool.leak_warning`. */
  readonly leaks: number
  /** Those who hold longest first. With `connection_pool.multiplex` several statements may hold one session. */
  readonly holders: ReadonlyArray<SessionHolder>
}

export interface DatabaseInfo {
  /** `embedded`: a server that this app runs itself, kept in its data directory. */
  readonly kind: "embedded" | "external"
  /** A name, an address, or the absolute folder of a unix socket. */
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  /** As the server spells it, for example `18.4`. */
  readonly serverVersion: string
}

/** A configured server as the app knows it. */
export interface DatabaseNode {
  /** \`host:port\`. */
  readonly name: string
  /** \`rival\`: says that it is the primary beside the one that is, and gets nothing. \`unknown\`: does not answer. */
  readonly role: "primary" | "replica" | "rival" | "unknown"
  /** How far a replica was behind the primary when it was last asked. */
  readonly lagMillis?: number
  /** Why it does not answer. */
  readonly problem?: string
}

/** What `notifications` tells. */
export type ChannelEvent =
  | { readonly _tag: "Notification"; readonly channel: string; readonly payload: string }
  /** The session was lost and another one listens now: what was sent between is lost, so read anew what depends on it. */
  | { readonly _tag: "Gap"; readonly channel: string; readonly reason: string }

export type Row = Readonly<Record<string, unknown>>

/** The form of the bytes of a COPY. */
export type CopyFormat = "text" | "csv" | "binary"

export interface CopyInto {
  /** A name, or the names of schema and table. */
  readonly table: string | readonly [schema: string, table: string]
  /** Default: all columns, in the order of the table. */
  readonly columns?: ReadonlyArray<string>
  /** Default: `text`. */
  readonly format?: CopyFormat
}

/** A table, or the rows of a query; a query takes no parameters, so never build it from what others sent. */
export type CopyFrom = CopyInto | { readonly query: string; readonly format?: CopyFormat }

export interface TransactionOptions {
  /** Default: that of the server, usually `read committed`. */
  readonly isolation?: "read committed" | "repeatable read" | "serializable"
  readonly readOnly?: boolean
  /** With `serializable` and `readOnly`: waits for a moment in which it cannot be rolled back for the sake of others. */
  readonly deferrable?: boolean
  /** Longest time from BEGIN to the end of the work; then it is rolled back. Default: `execution.transaction_timeout`. */
  readonly timeout?: Duration.Input
  /** `false`: never done again. */
  readonly retry?: boolean
}

export class Database extends Context.Service<Database, {
  /** Of the primary that was found at start; \`nodes\` tells which one it is now. */
  readonly info: DatabaseInfo
  /** Every configured server, as it was when it was last asked (\`ha.failover.health_check_interval\`, and after failures). */
  readonly nodes: Effect.Effect<ReadonlyArray<DatabaseNode>>
  /** `SELECT 1` on a pooled session; waits at most `connection_pool.connection_timeout` for the session. */
  readonly ping: Effect.Effect<void, DatabaseUnavailable>
  /** Numbers and holders of the sessions, one entry for each server; the operation `database-pool` shows the same. */
  readonly pools: Effect.Effect<ReadonlyArray<PoolState>>
  /**
   * Does the work of an effect in one transaction, and does it again from the start when it left nothing behind: its session was
   * lost before COMMIT was sent, or the server rolled it back for the sake of others (40001, 40P01). At most
   * `execution.max_retry_attempts` times, with pauses that grow, and within `execution.retry_budget`. Everything in the effect
   * that is not a statement is done again too.
   *
   * Inside of another transaction it is a savepoint, which is not done again and takes no `isolation`, `readOnly`, `deferrable`.
   *
   * When the session is lost after COMMIT was sent, the cause of the `SqlError` is `CommitUnknown`.
   */
  readonly transaction: (
    options?: TransactionOptions
  ) => <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E | SqlError, R>
  /**
   * Runs statements one after the other in one `transaction`: all of them or none. Answers the rows of each.
   *
   * One round trip for each: the driver sends several at once only on sessions that are shared, on which a statement can neither be
   * cancelled nor be one of a transaction. Many rows of one table travel together with `inserter`, `sql.insert([...])` or `copyIn`.
   */
  readonly executeBatch: <A extends object>(
    statements: ReadonlyArray<Statement<A>>
  ) => Effect.Effect<ReadonlyArray<ReadonlyArray<A>>, SqlError>
  /**
   * Inserts single rows into a table. Those of one moment become one statement of at most `performance.batch_size` rows; each caller
   * gets the columns that are `returning`, or its own error. Rows with different columns are different statements. Inside of a
   * transaction a row is inserted by itself. A caller who is interrupted takes his row back only while the statement was not begun:
   * it belongs to the others too. Make it once and keep it.
   */
  readonly inserter: (
    table: string,
    options?: { readonly returning?: ReadonlyArray<string> }
  ) => (row: Row) => Effect.Effect<Row, SqlError>
  /**
   * COPY ... FROM STDIN: all of a stream or nothing, read only as fast as the server takes it; answers how many rows. On a session
   * of its own (`heptad-copy`), at most four at a time (others wait), outside of any transaction and not limited by
   * `query_timeout`: give it a timeout where that may take too long.
   */
  readonly copyIn: <E, R>(
    target: CopyInto,
    data: Stream.Stream<Uint8Array, E, R>
  ) => Effect.Effect<number, E | SqlError, R>
  /** COPY ... TO STDOUT: sent only as fast as it is read. The chunks of formats `text` and `csv` are whole rows. */
  readonly copyOut: (source: CopyFrom) => Stream.Stream<Uint8Array, SqlError>
  /**
   * Everything that is sent to a channel while the stream is read. A session that is lost is replaced, with growing pauses and for as
   * long as it takes; a `Gap` says that something may have been missed.
   */
  readonly notifications: (channel: string) => Stream.Stream<ChannelEvent>
  /**
   * Everything that is sent to a channel from now on (LISTEN), on a session of its own beside the pool. When that session is
   * lost the queue fails, and what was sent meanwhile is lost too: listen again, and read anew what depends on it. A pooler
   * that gives sessions away between transactions lets nothing through.
   */
  readonly listen: (
    channel: string
  ) => Effect.Effect<Queue.Dequeue<Notification, SqlError>, DatabaseUnavailable, Scope.Scope>
}>()("@heptad/database/Database") {
  /** Every statement and transaction of the effect goes to the primary, whatever it is: for reads that must be the newest. */
  static readonly onPrimary = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.provideService(effect, Route, "primary")

  /**
   * Every statement and transaction of the effect goes to a replica, however far it is behind and whatever this fiber has
   * written; a write fails there (SQLSTATE 25006). To the primary where no replica answers.
   */
  static readonly onReplica = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.provideService(effect, Route, "replica")

  /**
   * Says of the statements in an effect that each may be sent twice, for example a SELECT, or an INSERT with ON CONFLICT DO
   * NOTHING: one whose session was lost is sent again, and so is a `transaction` whose COMMIT got no answer.
   */
  static readonly idempotent = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.provideService(effect, Idempotent, true)

  /** How long each statement in an effect may run before it is cancelled on the server; `query_timeout` holds beside it. */
  static readonly timeout =
    (most: Duration.Input) => <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.provideService(effect, StatementTimeout, Duration.fromInputUnsafe(most))
}
