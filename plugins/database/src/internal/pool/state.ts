/** The numbers of the pool, for the service, the gauges and the control API. */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { PoolState } from "../../Database.ts"
import * as Metrics from "../../metrics.ts"
import type { Server } from "../PgServer.ts"
import { holderOf } from "./lease.ts"
import type { Sessions } from "./Sessions.ts"

export const stateOf = (
  { active, count, idle, leaks, leases, line, now }: Sessions,
  { target }: Server,
  size: number
) => {
  const state: PoolState = {
    server: `${target.host}:${target.port}`,
    size,
    open: count,
    active,
    idle: idle.length,
    waiting: { high: line.waitingAt(0), normal: line.waitingAt(1), low: line.waitingAt(2) },
    leaks,
    holders: leases.first(Infinity).map((lease) => holderOf(lease, now))
  }
  return state
}

/** Gauges that are computed when somebody reads them, so that they cost a statement nothing. */
export const gauges = Effect.fnUntraced(function*(sessions: Sessions, size: number) {
  const context = yield* Effect.context<never>()
  const all = [
    [Metrics.poolSize, () => size],
    [Metrics.poolActive, () => sessions.active],
    [Metrics.poolWaiting, () => sessions.line.size]
  ] as const
  for (const [metric, read] of all) {
    const hooks = { get: () => ({ value: read() }), update: () => undefined, modify: () => undefined }
    yield* Effect.acquireRelease(
      Effect.sync(() => Metric.registerUnsafe(metric, context, hooks)),
      (registration) => Effect.sync(registration.remove)
    )
  }
})
