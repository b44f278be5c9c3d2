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
  /**
   * Everything that is sent to a channel from now on (LISTEN), on a session of its own beside the pool. When that session is
   * lost the queue fails, and what was sent meanwhile is lost too: listen again, and read anew what depends on it. A pooler
   * that gives sessions away between transactions lets nothing through.
   */
  readonly listen: (
    channel: string
  ) => Effect.Effect<Queue.Dequeue<Notification, SqlError>, DatabaseUnavailable, Scope.Scope>
}>()("@heptad/database/Database") {}
