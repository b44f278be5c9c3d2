/** Every metric of thread. Names of the guide first; the others follow their pattern. */
import * as Duration from "effect/Duration"
import * as Metric from "effect/Metric"

/** Jobs waiting now, by `priority`, both lanes together. Sampled every `metrics.interval`. */
export const queueDepth = Metric.gauge("thread_pool_queue_depth", { description: "Jobs waiting for a turn" })

/** Jobs running now: `pool="main"` of submit, `pool="compute"` on worker threads. Sampled every `metrics.interval`. */
export const activeThreads = Metric.gauge("thread_pool_active_threads", { description: "Jobs running" })

/** CPU seconds of the process per second and CPU that it may use, 0 to 1. Sampled every `metrics.interval`. */
export const cpuUsage = Metric.gauge("thread_pool_cpu_usage_ratio", {
  description: "CPU that the process uses, as a part of what it may use"
})

/** Seconds from the start of a job to its end, waiting not included; quantiles of the last minute. */
export const jobDuration = Metric.summary("thread_pool_job_duration_seconds", {
  description: "Run time of jobs in seconds",
  maxAge: Duration.minutes(1),
  maxSize: 1024,
  quantiles: [0.5, 0.95, 0.99]
})

const counter = (name: string, description: string) => Metric.counter(name, { description, incremental: true })

export const jobsRejected = counter("thread_pool_jobs_rejected_total", "Jobs refused because the queue was full")

export const jobsTimedOut = counter("thread_pool_jobs_timed_out_total", "Jobs ended by a deadline")

export const jobsDropped = counter("thread_pool_jobs_dropped_total", "Waiting jobs dropped to make room")

export const workersReplaced = counter(
  "thread_pool_workers_replaced_total",
  "Worker threads that crashed or had to be terminated"
)
