/** Where a lane reports what happened. Plain functions: they are called for every job. */
import type * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Metrics from "../metrics.ts"

export interface Observer {
  /** A stamp for `ended`; what it counts in is the observer's business. */
  readonly begun: () => number
  readonly ended: (begun: number) => void
  readonly rejected: () => void
  readonly timedOut: () => void
  readonly dropped: () => void
  readonly replaced: () => void
}

const nothing = () => {}

/** For `metrics.enabled: false`. */
export const silent: Observer = {
  begun: () => 0,
  ended: nothing,
  rejected: nothing,
  timedOut: nothing,
  dropped: nothing,
  replaced: nothing
}

const nanosPerSecond = 1e9

/** Updates the metrics in the registry of `context`, on its clock. */
export const metrics = (context: Context.Context<never>, clock: Clock.Clock): Observer => {
  const now = () => Number(clock.monotonicTimeNanosUnsafe())
  return {
    begun: now,
    ended: (begun) => Metrics.jobDuration.updateUnsafe((now() - begun) / nanosPerSecond, context),
    rejected: () => Metrics.jobsRejected.updateUnsafe(1, context),
    timedOut: () => Metrics.jobsTimedOut.updateUnsafe(1, context),
    dropped: () => Metrics.jobsDropped.updateUnsafe(1, context),
    replaced: () => Metrics.workersReplaced.updateUnsafe(1, context)
  }
}
