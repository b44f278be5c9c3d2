/** Who goes first when statements wait for a session. */
import * as Context from "effect/Context"

/** Names of the priorities, the first one served first. */
export const priorities = ["high", "normal", "low"] as const

/**
 * How urgent the statements and transactions of a fiber are. It is read only when all sessions are in use: among those who wait, a
 * step of priority counts like having asked a tenth of `connection_pool.acquire_timeout` earlier. So within one priority the
 * order is that of asking, and whoever waits for long enough overtakes everybody who came later.
 *
 * ```ts
 * report.pipe(Effect.provideService(Priority, "low"))
 * ```
 */
export const Priority = Context.Reference<typeof priorities[number]>("@heptad/database/Priority", {
  defaultValue: () => "normal"
})
