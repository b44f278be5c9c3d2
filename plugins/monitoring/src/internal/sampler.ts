/** Measures the process at the pace of `collection_interval` and keeps the numbers as metrics. */
import type { Pace } from "@heptad/common"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Metrics from "../metrics.ts"
import * as NodeProcess from "./NodeProcess.ts"

const memory = Effect.suspend(() => {
  const { external, heapTotal, heapUsed, rss } = NodeProcess.memory()
  return Effect.all([
    Metric.update(Metrics.residentMemory, rss),
    Metric.update(Metrics.memoryUsage, rss),
    Metric.update(Metrics.memoryLimit, NodeProcess.memoryLimit()),
    Metric.update(Metrics.heapUsed, heapUsed),
    Metric.update(Metrics.heapTotal, heapTotal),
    Metric.update(Metrics.externalMemory, external)
  ], { discard: true })
})

const openFiles = Effect.flatMap(
  NodeProcess.openFiles,
  (count) => count === undefined ? Effect.void : Metric.update(Metrics.openFiles, count)
)

/**
 * The operating system keeps this total. The series shows the sampled total itself, not steps added up, so that it stays
 * right when the plugin starts a second time in one process.
 */
const cpu = Effect.contextWith((context: Context.Context<never>) => {
  let total = 0
  const series = Effect.sync(() =>
    Metric.registerUnsafe(Metrics.cpuSeconds, context, {
      get: () => ({ count: total, incremental: true }),
      update: () => {},
      modify: () => {}
    })
  )
  const sample = Effect.sync(() => {
    total = NodeProcess.cpuSeconds()
  })
  return Effect.as(Effect.acquireRelease(series, ({ remove }) => Effect.sync(remove)), sample)
})

const loop = Effect.map(NodeProcess.loopDelay, (delay) => {
  const utilization = NodeProcess.loopUtilization()
  return Effect.suspend(() => {
    const { max, p50, p99 } = delay()
    return Effect.all([
      Metric.update(Metrics.loopDelayP50, p50),
      Metric.update(Metrics.loopDelayP99, p99),
      Metric.update(Metrics.loopDelayMax, max),
      Metric.update(Metrics.loopUtilization, utilization())
    ], { discard: true })
  })
})

const gc = Effect.gen(function*() {
  const context = yield* Effect.context<never>()
  const byKind = {
    major: Metric.withAttributes(Metrics.gcDuration, { kind: "major" }),
    minor: Metric.withAttributes(Metrics.gcDuration, { kind: "minor" }),
    incremental: Metric.withAttributes(Metrics.gcDuration, { kind: "incremental" }),
    weakcb: Metric.withAttributes(Metrics.gcDuration, { kind: "weakcb" })
  }
  yield* NodeProcess.onGc((kind, seconds) => byKind[kind].updateUnsafe(seconds, context))
})

/** The first sample is taken before this returns, the others on a fiber of the scope. */
export const start = Effect.fnUntraced(function*(pace: Pace) {
  yield* gc
  yield* Metric.update(Metrics.startTime, NodeProcess.startedAt)
  const sample = Effect.all([memory, yield* cpu, yield* loop, openFiles], { discard: true })
  yield* sample
  yield* pace.rest.pipe(Effect.andThen(sample), Effect.forever, Effect.forkScoped)
})
