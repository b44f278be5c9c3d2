import { describe, it } from "@effect/vitest"
import { Setting } from "@heptad/common"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { ThreadConfig } from "../src/config.ts"

/** The guide's section, as a YAML reader gives it. */
const guide = {
  pool_size: "auto",
  cpu_affinity: { enabled: true, cores: ["0-15"] },
  queue: { type: "lock_free", capacity: 10000, overflow_policy: "reject" },
  scheduler: { priority_levels: 3, preemption: false, steal_policy: "random" },
  limits: { max_job_duration: "30s", stack_size: "2MB", max_cpu_usage: "95%" },
  metrics: { enabled: true, interval: "60s", export_queue_depth: true, export_cpu_usage: true }
}

const decode = Schema.decodeUnknownEffect(ThreadConfig, { onExcessProperty: "error" })

const described = Setting.describe("thread", ThreadConfig)

describe("settings", () => {
  it.effect("are accepted as the guide prints them", () =>
    Effect.gen(function*() {
      const config = yield* decode(guide)
      expect(config.limits).toMatchObject({ stack_size: 2 * 1024 * 1024, max_cpu_usage: 0.95 })
      expect(Duration.toMillis(config.metrics.interval)).toBe(60_000)
      expect(config.cpu_affinity.cores?.flat()).toHaveLength(16)
    }))

  it("have the guide's environment names", () => {
    const names = described.flatMap(({ env = [], path }) => env.slice(0, 1).map((name) => [name, path.join(".")]))
    expect(Object.fromEntries(names)).toEqual({
      THREAD_POOL_SIZE: "thread.pool_size",
      THREAD_QUEUE_CAPACITY: "thread.queue.capacity",
      THREAD_CPU_AFFINITY: "thread.cpu_affinity.cores",
      THREAD_METRICS_ENABLED: "thread.metrics.enabled"
    })
  })

  it("say which ones have no effect", () => {
    expect(described.filter(({ notApplied }) => notApplied !== undefined).map(({ path }) => path.join("."))).toEqual([
      "thread.cpu_affinity.enabled",
      "thread.cpu_affinity.cores",
      "thread.queue.type",
      "thread.scheduler.preemption",
      "thread.scheduler.steal_policy",
      "thread.limits.max_cpu_usage"
    ])
  })

  it.effect("refuse values that would stop the pool or overrun the process", () =>
    Effect.gen(function*() {
      const wrong = [
        { pool_size: 0 },
        { pool_size: 100_000 },
        { queue: { capacity: 0 } },
        { queue: { max_wait: "0s" } },
        { scheduler: { priority_levels: 17 } },
        { limits: { max_job_duration: "0ms" } },
        { limits: { stack_size: "1KB" } },
        { limits: { worker_heap: "1KB" } },
        { metrics: { interval: "0s" } },
        { health: { interval: "0s" } },
        { queue: { overflow: "reject" } }
      ]
      const accepted = yield* Effect.filter(
        wrong,
        (section) => Effect.map(Effect.exit(decode(section)), Exit.isSuccess)
      )
      expect(accepted).toEqual([])
    }))
})
