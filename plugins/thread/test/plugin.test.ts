import { describe, it } from "@effect/vitest"
import { CommonContract, HealthRegistry } from "@heptad/common"
import commonManifest from "@heptad/common/package.json" with { type: "json" }
import { layerMemory as commonMemory } from "@heptad/common/testing"
import { Kernel, Lifecycle, Plugin } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import { PoolStopped, ThreadPool } from "@heptad/thread"
import { ThreadPlugin } from "@heptad/thread/plugin"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { expect } from "vitest"
import * as Tasks from "./fixtures/declared.ts"

const Common = Plugin.make({
  manifest: commonManifest,
  contract: CommonContract,
  requires: [],
  config: Schema.Struct({}),
  layer: () => commonMemory
})

/** The plugin in a kernel with these settings, and a registry of metrics of its own. */
const app = (thread: Readonly<Record<string, unknown>>) =>
  Kernel.layer([Common, ThreadPlugin]).pipe(
    Layer.provide(settings({ thread })),
    Layer.provideMerge(Layer.sync(Metric.MetricRegistry, () => new Map()))
  )

/** Ended with the test's own scope, before the app drains, so that a failing test does not wait for its jobs. */
const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkScoped(effect, { startImmediately: true })

const series = Effect.map(Metric.snapshot, (all) =>
  all
    .filter(({ id }) => id.startsWith("thread_"))
    .map(({ attributes, id, state }) => ({ id, attributes: attributes ?? {}, state })))

const gauge = (id: string, attributes: Readonly<Record<string, string>>) =>
  Effect.map(series, (all) => all.find((one) => one.id === id && matches(one.attributes, attributes))?.state)

const matches = (all: Readonly<Record<string, string>>, some: Readonly<Record<string, string>>) =>
  Object.entries(some).every(([key, value]) => all[key] === value)

describe("settings that are applied", () => {
  it.effect("pool_size: slots and threads; auto is at least one", () =>
    Effect.gen(function*() {
      const sizes = (pool_size: unknown) =>
        Effect.flatMap(ThreadPool, (pool) => pool.stats).pipe(
          Effect.map((stats) => [stats.fibers.size, stats.compute.size]),
          Effect.provide(app({ pool_size }))
        )
      expect(yield* sizes(3)).toEqual([3, 3])
      expect((yield* sizes("auto")).every((size) => size >= 1)).toBe(true)
    }))

  it.effect("queue.capacity, queue.overflow_policy, queue.max_wait, limits.max_job_duration", () =>
    Effect.gen(function*() {
      const pool = yield* ThreadPool
      const running = yield* fork(Effect.flip(pool.submit(Effect.never)))
      const first = yield* fork(Effect.flip(pool.submit(Effect.never)))
      const second = yield* fork(Effect.flip(pool.submit(Effect.never)))
      expect(yield* Fiber.join(first)).toMatchObject({ _tag: "JobDropped" })
      yield* TestClock.adjust("3 seconds")
      expect(yield* Fiber.join(second)).toMatchObject({ _tag: "JobTimedOut", limit: "thread.queue.max_wait" })
      yield* TestClock.adjust("7 seconds")
      expect(yield* Fiber.join(running)).toMatchObject({ _tag: "JobTimedOut", millis: 10_000 })
    }).pipe(
      Effect.scoped,
      Effect.provide(app({
        pool_size: 1,
        queue: { capacity: 1, overflow_policy: "drop_oldest", max_wait: "2s" },
        limits: { max_job_duration: "10s" }
      }))
    ))

  it.effect("scheduler.priority_levels and scheduler.ageing", () =>
    Effect.gen(function*() {
      const pool = yield* ThreadPool
      const release = yield* Deferred.make<void>()
      const order: Array<number> = []
      yield* fork(pool.submit(Deferred.await(release)))
      const waiting = yield* Effect.forEach([4, 0, 0, 0], (priority) =>
        fork(pool.submit(Effect.sync(() => order.push(priority)), { priority })))
      expect(Object.keys((yield* pool.stats).fibers.waitingByPriority).toSorted()).toEqual([
        "1",
        "3",
        "high",
        "low",
        "normal"
      ])
      yield* Deferred.succeed(release, undefined)
      yield* Fiber.awaitAll(waiting)
      expect(order).toEqual([0, 4, 0, 0])
    }).pipe(Effect.scoped, Effect.provide(app({ pool_size: 1, scheduler: { priority_levels: 5, ageing: 1 } }))))

  it.effect("limits.stack_size", () =>
    Effect.gen(function*() {
      const frames = (stack_size: string) =>
        Effect.flatMap(ThreadPool, (pool) => pool.compute(Tasks.frames, undefined)).pipe(
          Effect.provide(app({ limits: { stack_size } }))
        )
      const [small, large] = [yield* frames("1MB"), yield* frames("4MB")]
      expect(large / small).toBeGreaterThan(3)
    }))

  it.effect("limits.worker_heap", () =>
    Effect.gen(function*() {
      const pool = yield* ThreadPool
      expect(yield* Effect.flip(pool.compute(Tasks.exhaust, undefined))).toMatchObject({ reason: "crashed" })
      expect(yield* gauge("thread_pool_workers_replaced_total", {})).toMatchObject({ count: 1 })
    }).pipe(Effect.scoped, Effect.provide(app({ limits: { worker_heap: "32MB" } }))))

  it.effect("metrics.interval: gauges show the last sample, with the guide's names", () =>
    Effect.gen(function*() {
      const pool = yield* ThreadPool
      const high = gauge("thread_pool_queue_depth", { priority: "high" })
      const active = gauge("thread_pool_active_threads", { pool: "main" })
      yield* fork(pool.submit(Effect.never))
      yield* fork(pool.submit(Effect.never, { priority: "high" }))
      expect([yield* high, yield* active]).toMatchObject([{ value: 0 }, { value: 0 }])
      yield* TestClock.adjust("7 seconds")
      expect([yield* high, yield* active]).toMatchObject([{ value: 1 }, { value: 1 }])
      expect(yield* gauge("thread_pool_cpu_usage_ratio", {})).toBeDefined()
    }).pipe(Effect.scoped, Effect.provide(app({ pool_size: 1, metrics: { interval: "7s" } }))))

  it.effect("metrics.enabled: the duration of jobs as a summary, and what was turned away", () =>
    Effect.gen(function*() {
      const pool = yield* ThreadPool
      const job = yield* fork(pool.submit(Effect.sleep("2 seconds")))
      const waiting = yield* fork(pool.submit(Effect.void))
      yield* Effect.flip(pool.submit(Effect.void))
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.awaitAll([job, waiting])
      const duration = yield* gauge("thread_pool_job_duration_seconds", {})
      expect(duration).toMatchObject({ count: 2, max: 2, quantiles: [[0.5, 0], [0.95, 2], [0.99, 2]] })
      expect(yield* gauge("thread_pool_jobs_rejected_total", {})).toMatchObject({ count: 1 })
    }).pipe(Effect.scoped, Effect.provide(app({ pool_size: 1, queue: { capacity: 1 } }))))

  it.effect("metrics.enabled, export_queue_depth, export_cpu_usage: false hides the series", () =>
    Effect.gen(function*() {
      const names = (metrics: Readonly<Record<string, boolean>>) =>
        Effect.gen(function*() {
          yield* (yield* ThreadPool).submit(Effect.void)
          return [...new Set((yield* series).map(({ id }) => id))].toSorted()
        }).pipe(Effect.scoped, Effect.provide(app({ metrics })))
      expect(yield* names({ enabled: false })).toEqual([])
      expect(yield* names({ export_queue_depth: false, export_cpu_usage: false })).toEqual([
        "thread_pool_active_threads",
        "thread_pool_job_duration_seconds"
      ])
    }))

  it.effect("health.max_queue_depth: warns from there on, passes again below 80 % of it", () =>
    Effect.gen(function*() {
      const pool = yield* ThreadPool
      const health = yield* HealthRegistry
      const check = Effect.map(health.results, (all) => all.find(({ name }) => name === "thread_pool_queue")?.status)
      yield* fork(pool.submit(Effect.never))
      const waiting = yield* Effect.forEach(Array.from({ length: 10 }), () => fork(pool.submit(Effect.never)))
      yield* TestClock.adjust("1 second")
      expect([yield* check, yield* health.verdict("readiness")]).toEqual(["fail", "warn"])
      yield* Fiber.interruptAll(waiting.slice(0, 2))
      yield* TestClock.adjust("1 second")
      expect(yield* check).toBe("fail")
      yield* Fiber.interruptAll(waiting.slice(2, 3))
      yield* TestClock.adjust("1 second")
      expect(yield* check).toBe("pass")
    }).pipe(Effect.scoped, Effect.provide(app({ pool_size: 1, health: { max_queue_depth: 10, interval: "1s" } }))))
})

describe("drain", () => {
  it.effect("refuses new jobs, lets waiting and running ones finish with what they submit themselves", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(app({ pool_size: 1 }), scope)
      const pool = Context.get(context, ThreadPool)
      const lifecycle = Context.get(context, Lifecycle)
      const release = yield* Deferred.make<void>()
      const running = yield* fork(pool.submit(Effect.andThen(Deferred.await(release), pool.compute(Tasks.double, 21))))
      const waiting = yield* fork(pool.submit(Effect.succeed("waited")))
      const closing = yield* fork(Scope.close(scope, Exit.void))
      yield* Effect.yieldNow
      while ((yield* pool.stats).state === "running") yield* TestClock.adjust(1)
      expect(yield* lifecycle.phase).toBe("draining")
      expect(yield* Effect.flip(pool.submit(Effect.void, { name: "new" }))).toEqual(
        new PoolStopped({ job: "new", begun: false })
      )
      expect(yield* Effect.flip(pool.compute(Tasks.double, 1))).toMatchObject({ _tag: "PoolStopped" })
      yield* Deferred.succeed(release, undefined)
      expect([yield* Fiber.join(running), yield* Fiber.join(waiting)]).toEqual([42, "waited"])
      yield* Fiber.join(closing)
      expect(yield* pool.stats).toMatchObject({ state: "stopped", workers: { alive: 0 } })
    }))

  it.effect("cuts what does not finish within the budget", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(app({ pool_size: 1 }), scope)
      const pool = Context.get(context, ThreadPool)
      const running = yield* fork(Effect.flip(pool.submit(Effect.never, { name: "endless" })))
      const closing = yield* fork(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("20 seconds")
      yield* Fiber.join(closing)
      expect(yield* Fiber.join(running)).toEqual(new PoolStopped({ job: "endless", begun: true }))
    }))
})
