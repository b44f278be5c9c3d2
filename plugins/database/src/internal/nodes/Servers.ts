/** What the rest of the plugin knows of the configured servers, be it one or several. */
import type { HealthCheck } from "@heptad/common"
import type * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { DatabaseNode, PoolState } from "../../Database.ts"
import type { Server } from "../PgServer.ts"
import type { Target } from "../PgSession.ts"
import type { Lending } from "../pool/lending.ts"

/** A readiness check without its rhythm. */
export type Check = Pick<HealthCheck, "name" | "criticality" | "run">

export const connectionCheck = (run: Check["run"]): Check => ({
  name: "database_connection",
  criticality: "critical",
  run
})

export interface Servers {
  /** The primary that was found at start. */
  readonly server: Server
  /** There are no others. */
  readonly alone: boolean
  readonly sessions: Lending
  /** Where writes go now. */
  readonly primary: () => Target
  /** Does something at the primary on a session that is none of the pools', and waits for a promoted one as statements do. */
  readonly beside: <A, R>(work: (target: Target) => Effect.Effect<A, SqlError, R>) => Effect.Effect<A, SqlError, R>
  /** Whoever runs this has written until now, in a way that the sessions of the pools do not see. */
  readonly wrote: Effect.Effect<void>
  /** Ends when writes go to another server than this one. */
  readonly left: (target: Target) => Effect.Effect<void>
  readonly nodes: Effect.Effect<ReadonlyArray<DatabaseNode>>
  /** Of each server that was needed so far. */
  readonly pools: Effect.Effect<ReadonlyArray<PoolState>>
  readonly checks: ReadonlyArray<Check>
}
