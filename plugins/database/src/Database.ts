/** Which PostgreSQL this app talks to, and whether it answers. Queries go through `SqlClient`. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import type { SqlError } from "effect/sql/SqlError"
import type { DatabaseUnavailable } from "./errors.ts"

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

export class Database extends Context.Service<Database, {
  readonly info: DatabaseInfo
  /** `SELECT 1` on a pooled session; waits at most `connection_pool.connection_timeout` for the session. */
  readonly ping: Effect.Effect<void, DatabaseUnavailable>
  /** Numbers and holders of the sessions, one entry for each server; the operation `database-pool` shows the same. */
  readonly pools: Effect.Effect<ReadonlyArray<PoolState>>
  /**
   * Everything that is sent to a channel from now on (LISTEN), on a session of its own beside the pool. When that session is
   * lost the queue fails, and what was sent meanwhile is lost too: listen again, and read anew what depends on it. A pooler
   * that gives sessions away between transactions lets nothing through.
   */
  readonly listen: (
    channel: string
  ) => Effect.Effect<Queue.Dequeue<Notification, SqlError>, DatabaseUnavailable, Scope.Scope>
}>()("@heptad/database/Database") {}
