/** Counts how jobs ended and makes the errors that say so: no refusal goes uncounted. */
import * as Duration from "effect/Duration"
import { JobDropped, JobTimedOut, type PoolStopped, QueueFull } from "../errors.ts"
import type { Observer } from "./observer.ts"

export type Refusal = QueueFull | JobDropped | JobTimedOut | PoolStopped

export interface Tally {
  readonly counts: {
    readonly finished: number
    readonly rejected: number
    readonly timedOut: number
    readonly dropped: number
  }
  readonly begun: () => number
  readonly finished: (begun: number) => void
  readonly rejected: (job: string, capacity: number) => QueueFull
  readonly dropped: (job: string) => JobDropped
  readonly timedOut: (
    job: string,
    stage: JobTimedOut["stage"],
    limit: string,
    after: Duration.Duration
  ) => JobTimedOut
}

export const make = (observer: Observer): Tally => {
  const counts = { finished: 0, rejected: 0, timedOut: 0, dropped: 0 }
  return {
    counts,
    begun: observer.begun,
    finished: (begun) => {
      counts.finished++
      observer.ended(begun)
    },
    rejected: (job, capacity) => {
      counts.rejected++
      observer.rejected()
      return new QueueFull({ job, capacity })
    },
    dropped: (job) => {
      counts.dropped++
      observer.dropped()
      return new JobDropped({ job })
    },
    timedOut: (job, stage, limit, after) => {
      counts.timedOut++
      observer.timedOut()
      return new JobTimedOut({ job, stage, limit, millis: Duration.toMillis(after) })
    }
  }
}
