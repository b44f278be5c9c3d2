/** Which PostgreSQL this app talks to, and whether it answers. Queries go through `SqlClient`. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { DatabaseUnavailable } from "./errors.ts"

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
}>()("@heptad/database/Database") {}
