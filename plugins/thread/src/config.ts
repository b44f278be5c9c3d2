/** The `thread` section: size of the pool, queue, scheduling, limits, metrics, health. */
import { Setting, SettingTypes } from "@heptad/common"
import * as EffectDuration from "effect/Duration"
import * as Schema from "effect/Schema"

const KB = 1024
const MB = 1024 * KB

const noAffinity =
  "Node has no interface for it; start the process under taskset, or let the platform pin the container"

/** More threads than any machine is meant to give to one process. */
const maxPoolSize = 1024

/** Zero would mean "always at once": a job without time, a sampler without rest. */
const Positive = SettingTypes.Duration.pipe(
  Schema.check(Schema.makeFilter((duration) => EffectDuration.toMillis(duration) >= 1, {
    message: `Expected a duration of "1ms" or more`
  }))
)

const PoolSize = Schema.Union([Schema.Literal("auto"), SettingTypes.int(1, maxPoolSize)])

/** Below this a thread cannot even load a module; above it, it is more likely a typing error than a wish. */
const StackSize = SettingTypes.Bytes.pipe(
  Schema.check(Schema.isBetween({ minimum: 256 * KB, maximum: 256 * MB }, {
    message: `Expected a stack size between "256KB" and "256MB"`
  }))
)

/** A thread needs this much to load its program. */
const HeapSize = SettingTypes.Bytes.pipe(
  Schema.check(Schema.isGreaterThanOrEqualTo(16 * MB, { message: `Expected a heap of "16MB" or more` }))
)

export const ThreadConfig = Schema.Struct({
  pool_size: Setting.field(PoolSize, "auto", {
    description: "How many worker threads compute, and how many submitted jobs run, at a time. `auto` is the smaller " +
      "one of the CPUs that the process may use and its cgroup's CPU quota, times the factor of `workload`.",
    env: ["THREAD_POOL_SIZE", "KCENON_THREAD_POOL_SIZE"],
    unit: "threads"
  }),
  workload: Setting.field(Schema.Literals(["cpu", "io", "mixed"]), "cpu", {
    description: "What the jobs mostly do; `auto` takes 1, 2 or 1.5 threads per CPU for it."
  }),
  cpu_affinity: Setting.section({
    enabled: Setting.field(SettingTypes.Boolean, false, {
      description: "Pin worker threads to cores.",
      notApplied: noAffinity
    }),
    cores: Setting.optional(SettingTypes.CpuList, {
      description: "The cores to pin to.",
      env: ["THREAD_CPU_AFFINITY"],
      notApplied: noAffinity
    })
  }),
  queue: Setting.section({
    type: Setting.field(Schema.Literals(["lock_free", "mutex_based"]), "lock_free", {
      description: "How the queue is guarded.",
      notApplied: "the queue lives in one thread and is never locked, whichever type is named"
    }),
    capacity: Setting.field(SettingTypes.int(1), 10_000, {
      description: "How many jobs wait at most, in each of the two lanes (submit, compute), all priorities together.",
      env: ["THREAD_QUEUE_CAPACITY"],
      unit: "jobs",
      reloadable: true
    }),
    overflow_policy: Setting.field(Schema.Literals(["reject", "block", "drop_oldest"]), "reject", {
      description: "When the queue is full: refuse the new job, hold its submitter back, or drop the job that has " +
        "waited longest in the lowest priority (never one that is more important than the new job).",
      reloadable: true
    }),
    high_watermark: Setting.field(SettingTypes.Percent, "80%", {
      description:
        "From this part of capacity on the process is under pressure: requests that bring more work get 503.",
      unit: "percent",
      reloadable: true
    }),
    low_watermark: Setting.field(SettingTypes.Percent, "50%", {
      description: "At this part of capacity the pressure ends.",
      unit: "percent",
      reloadable: true
    }),
    max_wait: Setting.field(Positive, "5m", {
      description: "How long a job waits at most for its turn. Checked once a second.",
      unit: "duration",
      reloadable: true
    })
  }),
  scheduler: Setting.section({
    priority_levels: Setting.field(SettingTypes.int(1, 16), 3, {
      description: "Number of priority levels."
    }),
    ageing: Setting.field(SettingTypes.int(1), 16, {
      description: "How often a waiting priority level is passed over at most before it gets a turn.",
      unit: "turns"
    }),
    preemption: Setting.field(SettingTypes.Boolean, false, {
      description: "Let important jobs push running ones aside.",
      notApplied: "a JavaScript function cannot be paused; limits.max_job_duration ends the ones that take too long"
    }),
    steal_policy: Setting.optional(Schema.Literals(["random", "fifo", "lifo"]), {
      description: "From which end idle threads take the jobs of busy ones.",
      notApplied: "all threads take from one queue, so there is nothing to steal"
    })
  }),
  limits: Setting.section({
    max_job_duration: Setting.field(Positive, "30s", {
      description: "How long a job runs at most: past it a fiber is interrupted, a worker thread is terminated.",
      unit: "duration",
      reloadable: true
    }),
    stack_size: Setting.field(StackSize, "2MB", {
      description: "Stack of a worker thread.",
      unit: "bytes"
    }),
    worker_heap: Setting.optional(HeapSize, {
      description: "Heap of a worker thread; a job that needs more ends its thread. Default: Node's own limit.",
      unit: "bytes"
    }),
    max_cpu_usage: Setting.optional(SettingTypes.Percent, {
      description: "Throttle above this CPU usage.",
      unit: "percent",
      notApplied: "jobs are not throttled by CPU load yet; limit the container's CPU, and the pool with pool_size"
    })
  }),
  metrics: Setting.section({
    enabled: Setting.field(SettingTypes.Boolean, true, {
      description: "Count and time jobs.",
      env: ["THREAD_METRICS_ENABLED"]
    }),
    interval: Setting.field(Positive, "5s", {
      description: "How often the gauges (queue depth, active threads, CPU usage) are sampled.",
      unit: "duration",
      reloadable: true
    }),
    export_queue_depth: Setting.field(SettingTypes.Boolean, true, {
      description: "Show thread_pool_queue_depth."
    }),
    export_cpu_usage: Setting.field(SettingTypes.Boolean, true, {
      description: "Show thread_pool_cpu_usage_ratio."
    })
  }),
  health: Setting.section({
    max_queue_depth: Setting.field(SettingTypes.int(1), 1000, {
      description: "From this many waiting jobs on, the readiness check `thread_pool_queue` warns; it passes again " +
        "below 80 % of it.",
      unit: "jobs",
      reloadable: true
    }),
    interval: Setting.field(Positive, "5s", {
      description: "How often the readiness check looks.",
      unit: "duration",
      reloadable: true
    })
  })
})

/** The decoded section. */
export interface ThreadConfig extends Schema.Schema.Type<typeof ThreadConfig> {}
