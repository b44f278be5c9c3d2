/** The errors of thread, explained. */
import { explanationsOf } from "@heptad/kernel"
import type * as Errors from "./errors.ts"

export const explanations = explanationsOf<typeof Errors>({
  QueueFull: {
    title: "A job was refused because the queue is full",
    cause: "More work comes in than the pool does: a burst, jobs that became slow, or too few threads.",
    remedy: "Look at thread_pool_queue_depth and thread_pool_job_duration_seconds; then raise thread.pool_size " +
      "(THREAD_POOL_SIZE) or thread.queue.capacity (THREAD_QUEUE_CAPACITY), or set overflow_policy to block.",
    code: "thread.queue_full"
  },
  JobDropped: {
    title: "A waiting job made room for a newer one",
    cause: "The queue was full and thread.queue.overflow_policy is drop_oldest.",
    remedy: "Submit the job again if it still matters; where every job counts, set thread.queue.overflow_policy " +
      "to reject or block.",
    code: "thread.job_rejected"
  },
  JobTimedOut: {
    title: "A job was ended by its deadline",
    cause: "stage waiting: the pool is overloaded and nothing was done. stage running: the job hangs or takes long, " +
      "and may have done half of its work.",
    remedy:
      "Waiting: more threads (THREAD_POOL_SIZE). Running: make the job shorter, or raise the limit that the message " +
      "names, for example thread.limits.max_job_duration.",
    code: "thread.job_timeout"
  },
  PoolStopped: {
    title: "A job came too late: the pool stops",
    cause: "The app is stopping, and this job was submitted afterwards or did not end within the drain budget.",
    remedy: "Submit it again to a running instance. If stops cut jobs often, raise deployment.drain.jobs.",
    code: "thread.pool_shutdown"
  },
  WorkerFailed: {
    title: "A computing job gave no result",
    cause: "Its function threw, its thread ran out of memory or ended, or its module or values do not fit the task.",
    remedy:
      "Read reason and detail in the message: correct the function for threw, raise thread.limits.worker_heap for " +
      "crashed, check module and name of the task for not_loaded, its Schemas for bad_input and bad_output.",
    code: "thread.worker_failed"
  }
})
