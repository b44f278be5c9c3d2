/** Ties the pool to its surroundings: settings, worker threads, drain, health, metrics. */
import { HealthRegistry, Pace, type Pressure, Unhealthy } from "@heptad/common"
import { Lifecycle, type Plugin } from "@heptad/kernel"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ThreadConfig } from "../config.ts"
import { ThreadPool } from "../ThreadPool.ts"
import { autoSize } from "./cgroup.ts"
import type { LaneSettings } from "./lane.ts"
import * as NodeCpu from "./NodeCpu.ts"
import * as NodeWorkers from "./NodeWorkers.ts"
import * as Observer from "./observer.ts"
import * as Pool from "./pool.ts"
import * as PoolPressure from "./pressure.ts"
import * as Sampler from "./sampler.ts"

/** The settings of one lane, once `auto` is resolved. */
const laneSettings = (config: ThreadConfig, cpus: number): LaneSettings => ({
  size: config.pool_size === "auto" ? autoSize(cpus, config.workload) : config.pool_size,
  capacity: config.queue.capacity,
  overflow: config.queue.overflow_policy,
  levels: config.scheduler.priority_levels,
  ageing: config.scheduler.ageing,
  maxWait: config.queue.max_wait,
  maxDuration: config.limits.max_job_duration
})

/** A check that fails at the limit passes again only below this part of it, so that it does not flicker. */
const recovered = 0.8

const backlogCheck = (pool: Pool.Pool, limitOf: () => number) => {
  let failing = false
  return Effect.suspend(() => {
    const limit = limitOf()
    const depth = pool.depths().reduce((sum, waiting) => sum + waiting, 0)
    failing = depth >= (failing ? limit * recovered : limit)
    return failing
      ? Effect.fail(new Unhealthy({ reason: `${depth} jobs are waiting (thread.health.max_queue_depth: ${limit})` }))
      : Effect.void
  })
}

/** Jobs that already run keep the deadline that they began with. */
const renew = (settings: LaneSettings, { limits, queue }: ThreadConfig): void => {
  settings.capacity = queue.capacity
  settings.overflow = queue.overflow_policy
  settings.maxWait = queue.max_wait
  settings.maxDuration = limits.max_job_duration
}

const build = Effect.fnUntraced(function*(config: ThreadConfig, live: Plugin.Live<ThreadConfig>) {
  const lifecycle = yield* Lifecycle
  const health = yield* HealthRegistry
  const cpus = NodeCpu.cpus()
  const settings = laneSettings(config, cpus)
  const observer = config.metrics.enabled
    ? Observer.metrics(yield* Effect.context<never>(), yield* Clock.Clock)
    : Observer.silent
  const engine = yield* NodeWorkers.make({
    stackBytes: config.limits.stack_size,
    heapBytes: config.limits.worker_heap,
    onReplaced: observer.replaced
  })
  const pool = yield* Pool.make({ settings, observer, engine })
  yield* lifecycle.onDrain({ name: "thread pool", phase: "jobs", run: pool.drain })
  let maxDepth = config.health.max_queue_depth
  let { queue } = config
  const [looks, samples] = [new Pace(config.health.interval), new Pace(config.metrics.interval)]
  yield* live.onChange((next) => {
    renew(settings, next)
    maxDepth = next.health.max_queue_depth
    queue = next.queue
    return Effect.andThen(looks.set(next.health.interval), samples.set(next.metrics.interval))
  })
  yield* health.register({
    name: "thread_pool_queue",
    kind: "readiness",
    criticality: "degrading",
    interval: looks,
    timeout: Duration.seconds(1),
    run: backlogCheck(pool, () => maxDepth)
  })
  yield* PoolPressure.tell(pool.service, () => queue)
  yield* Sampler.run(pool, config, cpus, samples)
  return pool.service
})

export const layerOf = (
  config: ThreadConfig,
  live: Plugin.Live<ThreadConfig>
): Layer.Layer<ThreadPool, never, Lifecycle | HealthRegistry | Pressure> =>
  Layer.effect(ThreadPool, build(config, live))
