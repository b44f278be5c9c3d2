/** The executor: fibers for work that waits, worker threads for work that computes, one bounded queue before each. */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type { ComputeTask } from "./ComputeTask.ts"
import type { JobDropped, JobTimedOut, PoolStopped, QueueFull, WorkerFailed } from "./errors.ts"

/**
 * With N `scheduler.priority_levels`, `high` is level 0, `low` the last one and `normal` the middle one; a number names
 * a level directly and is brought into range.
 */
export type Priority = "high" | "normal" | "low" | number

export interface JobOptions {
  /** For errors and logs. Default: `job`, or the function's name for a computing job. */
  readonly name?: string
  /** Default: `normal`. Lower levels wait for higher ones, but never for ever: see `scheduler.ageing`. */
  readonly priority?: Priority
  /** From submit to result, waiting included. Default: none; `limits.max_job_duration` holds for the run in any case. */
  readonly timeout?: Duration.Duration
}

/** One of the two lanes. */
export interface LaneStats {
  /** How many jobs run at most at a time. */
  readonly size: number
  readonly active: number
  /** Jobs in the queue, never more than `queue.capacity`. */
  readonly waiting: number
  /** Submitters held back by the overflow policy `block`, beyond the capacity. */
  readonly blocked: number
  /** Waiting and blocked jobs by priority, under the names that the metric uses. */
  readonly waitingByPriority: Readonly<Record<string, number>>
  /** Counts since the start. */
  readonly finished: number
  readonly rejected: number
  readonly timedOut: number
  readonly dropped: number
}

export interface PoolStats {
  readonly state: "running" | "draining" | "stopped"
  /** Jobs of `submit`. */
  readonly fibers: LaneStats
  /** Jobs of `compute`. */
  readonly compute: LaneStats
  /** Worker threads alive, and how many were replaced because a job crashed them or had to be ended by force. */
  readonly workers: { readonly alive: number; readonly replaced: number }
}

export class ThreadPool extends Context.Service<ThreadPool, {
  /**
   * Runs an Effect when a fiber slot is free; at once, without a detour, when one is free now.
   *
   * Interrupting the caller takes a waiting job out of the queue and interrupts a running one. A job that submits another
   * job and waits for it holds its own slot meanwhile.
   *
   * Fails with `QueueFull` or `JobDropped` by `queue.overflow_policy`, with `JobTimedOut` past `queue.max_wait`,
   * `limits.max_job_duration` or `options.timeout`, with `PoolStopped` once the app drains (jobs that running jobs
   * submit are still taken then).
   */
  readonly submit: <A, E, R>(
    job: Effect.Effect<A, E, R>,
    options?: JobOptions
  ) => Effect.Effect<A, E | QueueFull | JobTimedOut | JobDropped | PoolStopped, R>
  /**
   * Runs a task's function on a worker thread, one job at a time per thread, and decodes what it returns.
   *
   * A running function cannot be interrupted: past its deadline, or when the caller is interrupted, its thread is
   * terminated and replaced. Fails as `submit` does, and with `WorkerFailed`.
   */
  readonly compute: <In, Out>(
    task: ComputeTask<In, Out>,
    input: In,
    options?: JobOptions
  ) => Effect.Effect<Out, QueueFull | JobTimedOut | JobDropped | PoolStopped | WorkerFailed>
  readonly stats: Effect.Effect<PoolStats>
}>()("@heptad/thread/ThreadPool") {}
