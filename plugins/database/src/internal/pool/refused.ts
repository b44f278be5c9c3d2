/** A statement that got no session: Effect's own error, with ours as its cause. */
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import type { ConnectTimedOut, PoolClosed, PoolOverloaded, PoolTimedOut } from "../../errors.ts"

export const refused = (
  cause: ConnectTimedOut | PoolClosed | PoolOverloaded | PoolTimedOut,
  operation: "acquire" | "connect" = "acquire"
): SqlError => new SqlError({ reason: new ConnectionError({ cause, message: cause.message, operation }) })
