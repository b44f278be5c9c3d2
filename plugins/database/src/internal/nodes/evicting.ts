/**
 * Has the sessions of a server replaced when it turns out not to be what it was: a name or an address may lead to another server
 * by now, and a session that was opened to the old one would stay there. At most once a second.
 */
import type { SqlError } from "effect/sql/SqlError"
import type { Observer } from "../MeasuredConnection.ts"
import type { SessionPool } from "../SessionPool.ts"
import { now } from "./clock.ts"
import { endsSessions } from "./failures.ts"

const rest = 1000

/** `pool` answers undefined until it is made. */
export const evicting = (
  observe: Observer,
  pool: () => SessionPool | undefined,
  also: (error: SqlError) => void = () => undefined
): Observer => {
  let evictedAt = Number.NEGATIVE_INFINITY
  return {
    ...observe,
    failed: (error) => {
      also(error)
      if (endsSessions(error) && now() - evictedAt >= rest) {
        evictedAt = now()
        pool()?.renew()
      }
      return observe.failed(error)
    }
  }
}
