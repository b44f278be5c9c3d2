/** Writes the gauges, at the pace of `metrics.interval`. */
import type { Pace } from "@heptad/common"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type * as Scope from "effect/Scope"
import type { ThreadConfig } from "../config.ts"
import * as Metrics from "../metrics.ts"
import * as NodeCpu from "./NodeCpu.ts"
import type { Pool } from "./pool.ts"
import { labels } from "./priority.ts"

const cpuSince = (cpus: number) => {
  let last: { readonly at: number; readonly cpu: number } | undefined
  return Effect.flatMap(Clock.currentTimeMillis, (at) => {
    const cpu = NodeCpu.cpuMillis()
    const ratio = last === undefined || at <= last.at ? 0 : (cpu - last.cpu) / (at - last.at) / cpus
    last = { at, cpu }
    return Metric.update(Metrics.cpuUsage, ratio)
  })
}

const main = Metric.withAttributes(Metrics.activeThreads, { pool: "main" })
const compute = Metric.withAttributes(Metrics.activeThreads, { pool: "compute" })

const active = (pool: Pool) =>
  Effect.flatMap(
    pool.service.stats,
    (stats) => Effect.andThen(Metric.update(main, stats.fibers.active), Metric.update(compute, stats.compute.active))
  )

const depth = (pool: Pool, levels: number) => {
  const gauges = labels(levels).map((priority) => Metric.withAttributes(Metrics.queueDepth, { priority }))
  return Effect.suspend(() => {
    const depths = pool.depths()
    return Effect.forEach(gauges, (gauge, level) => Metric.update(gauge, depths[level] ?? 0), { discard: true })
  })
}

/** The first sample is taken at once, so that no series is missing after the start. */
export const run = (
  pool: Pool,
  config: ThreadConfig,
  cpus: number,
  pace: Pace
): Effect.Effect<void, never, Scope.Scope> => {
  const { enabled, export_cpu_usage, export_queue_depth } = config.metrics
  if (!enabled) return Effect.void
  const sample = Effect.all([
    active(pool),
    ...(export_queue_depth ? [depth(pool, config.scheduler.priority_levels)] : []),
    ...(export_cpu_usage ? [cpuSince(cpus)] : [])
  ], { discard: true })
  return Effect.andThen(sample, Effect.forkScoped(Effect.forever(Effect.andThen(pace.rest, sample))))
}
