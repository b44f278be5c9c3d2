/** Everything that can go wrong with a job besides the job's own failure. */
import { ErrorCode } from "@heptad/common"
import * as Schema from "effect/Schema"

/** The queue holds as many waiting jobs as it may, and the overflow policy refuses more. Nothing was run. */
export class QueueFull extends Schema.TaggedError<QueueFull>()("QueueFull", {
  job: Schema.String,
  capacity: Schema.Int
}) {
  readonly errorCode = ErrorCode.of("thread.queue_full")

  override get message() {
    return `Job "${this.job}" was refused: ${this.capacity} jobs are waiting already. ` +
      `Try again later, raise thread.queue.capacity, or set thread.queue.overflow_policy to "block".`
  }
}

/** The job was waiting and had to make room for a newer one (overflow policy `drop_oldest`). Nothing was run. */
export class JobDropped extends Schema.TaggedError<JobDropped>()("JobDropped", {
  job: Schema.String
}) {
  readonly errorCode = ErrorCode.of("thread.job_rejected")

  override get message() {
    return `Job "${this.job}" was dropped from the queue to make room for a newer one. ` +
      `Submit it again, or set thread.queue.overflow_policy to "reject" or "block".`
  }
}

/** A deadline passed: while the job waited for its turn, or while it ran (it was interrupted, its worker terminated). */
export class JobTimedOut extends Schema.TaggedError<JobTimedOut>()("JobTimedOut", {
  job: Schema.String,
  /** Where the job was: `waiting` did nothing yet, `running` may have done half of its work. */
  stage: Schema.Literals(["waiting", "running"]),
  /** The setting or option whose deadline passed. */
  limit: Schema.String,
  millis: Schema.Finite
}) {
  readonly errorCode = ErrorCode.of("thread.job_timeout")

  override get message() {
    return `Job "${this.job}" was ended while ${this.stage}: ${this.limit} is ${this.millis} ms. ` +
      `Make the job shorter, or raise that limit.`
  }
}

/** The pool takes no more jobs because the app is stopping, or stopping cut this one. */
export class PoolStopped extends Schema.TaggedError<PoolStopped>()("PoolStopped", {
  job: Schema.String,
  /** Whether the job had begun, so that half of its work may be done. */
  begun: Schema.Boolean
}) {
  readonly errorCode = ErrorCode.of("thread.pool_shutdown")

  override get message() {
    return `Job "${this.job}" was ${this.begun ? "cut" : "refused"} because the pool is stopping. ` +
      `Submit it again to an instance that is running.`
  }
}

/** A computing job gave no result. */
export class WorkerFailed extends Schema.TaggedError<WorkerFailed>()("WorkerFailed", {
  job: Schema.String,
  /**
   * `threw`: the function threw. `crashed`: its thread ended (out of memory, `process.exit`, stack limit of native code).
   * `not_loaded`: the module or its export is not there. `bad_input`, `bad_output`: the value does not fit the task's
   * Schema or cannot be sent between threads.
   */
  reason: Schema.Literals(["threw", "crashed", "not_loaded", "bad_input", "bad_output"]),
  detail: Schema.String
}) {
  readonly errorCode = ErrorCode.of("thread.worker_failed")

  override get message() {
    return `Job "${this.job}" failed on its worker thread (${this.reason}): ${this.detail}. ` + advice[this.reason]
  }
}

const advice = {
  threw: "Correct the function or its input.",
  crashed: "The thread is replaced; look at thread.limits and at what the function does.",
  not_loaded: "Check the task's module URL and the name of the exported function.",
  bad_input: "Correct the caller or the task's input Schema.",
  bad_output: "Correct the function or the task's output Schema."
} as const
