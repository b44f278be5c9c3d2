/** What changes with the settings while the app runs. The title of a test starts with the key that it proves. */
import { assert, it } from "@effect/vitest"
import { CommonContract, HealthRegistry, Pressure } from "@heptad/common"
import commonManifest from "@heptad/common/package.json" with { type: "json" }
import { changingSettings, layerMemory } from "@heptad/common/testing"
import { Kernel, type LiveSettings, Plugin } from "@heptad/kernel"
import { ThreadPool } from "@heptad/thread"
import { ThreadPlugin } from "@heptad/thread/plugin"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { activeThreads } from "../src/metrics.ts"

const Common = Plugin.make({
  manifest: commonManifest,
  contract: CommonContract,
  requires: [],
  config: Schema.Struct({}),
  layer: () => layerMemory
})

type Section = Readonly<Record<string, unknown>>
type Change = (next: Section) => Effect.Effect<unknown, unknown, LiveSettings>

/** One slot, so that the second job waits. */
const running = <A, E, R>(first: Section, test: (change: Change) => Effect.Effect<A, E, R>) => {
  const sections = (thread: Section) => ({ thread: { pool_size: 1, ...thread } })
  const settings = changingSettings(sections(first))
  return test((next) => settings.change(sections(next))).pipe(
    Effect.scoped,
    Effect.provide(
      Kernel.layer([Common, ThreadPlugin]).pipe(
        Layer.provide(settings.layer),
        Layer.provideMerge(Layer.sync(Metric.MetricRegistry, () => new Map()))
      )
    )
  )
}

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkScoped(effect, { startImmediately: true })

const endless = ThreadPool.use(({ submit }) => submit(Effect.never))

/** How a job ends that never ends by itself. */
const submitted = fork(Effect.map(Effect.flip(endless), ({ _tag }) => _tag))

const hasEnded = <A>(fiber: Fiber.Fiber<A>) => fiber.pollUnsafe() !== undefined

it.effect("thread.queue.capacity: a job that found the queue full finds room in the larger one", () =>
  running({ queue: { capacity: 1 } }, (change) =>
    Effect.gen(function*() {
      yield* Effect.replicateEffect(submitted, 2)
      assert.strictEqual(yield* Fiber.join(yield* submitted), "QueueFull")
      yield* change({ queue: { capacity: 2 } })
      assert.isFalse(hasEnded(yield* submitted))
      assert.strictEqual(yield* Fiber.join(yield* submitted), "QueueFull")
    })))

it.effect("thread.queue.overflow_policy: the next job that finds the queue full is treated in the new way", () =>
  running({ queue: { capacity: 1 } }, (change) =>
    Effect.gen(function*() {
      yield* submitted
      const waiting = yield* submitted
      assert.strictEqual(yield* Fiber.join(yield* submitted), "QueueFull")
      yield* change({ queue: { capacity: 1, overflow_policy: "drop_oldest" } })
      assert.isFalse(hasEnded(yield* submitted))
      assert.strictEqual(yield* Fiber.join(waiting), "JobDropped")
      yield* change({ queue: { capacity: 1, overflow_policy: "block" } })
      assert.isFalse(hasEnded(yield* submitted))
    })))

/** Whether requests that bring more work would be refused, once the queues have been looked at again. */
const pressed = Effect.andThen(
  TestClock.adjust("100 millis"),
  Effect.map(Pressure, (pressure) => pressure.pressed.has("thread_pool"))
)

it.effect("thread.queue.high_watermark: the next look at the queues uses the new one", () =>
  running({ queue: { capacity: 10 } }, (change) =>
    Effect.gen(function*() {
      yield* Effect.replicateEffect(submitted, 8)
      assert.isFalse(yield* pressed)
      yield* submitted
      assert.isTrue(yield* pressed)
      yield* change({ queue: { capacity: 10, high_watermark: "90%", low_watermark: "85%" } })
      assert.isFalse(yield* pressed)
    })))

it.effect("thread.queue.low_watermark: pressure ends at the new one", () =>
  running({ queue: { capacity: 10 } }, (change) =>
    Effect.gen(function*() {
      yield* submitted
      const waiting = yield* Effect.replicateEffect(fork(endless), 8)
      assert.isTrue(yield* pressed)
      yield* Effect.forEach(waiting.slice(0, 2), Fiber.interrupt)
      assert.isTrue(yield* pressed)
      yield* change({ queue: { capacity: 10, low_watermark: "60%" } })
      assert.isFalse(yield* pressed)
    })))

it.effect("thread.queue.max_wait: also jobs that wait already are held against the new limit", () =>
  running({ limits: { max_job_duration: "1h" } }, (change) =>
    Effect.gen(function*() {
      yield* submitted
      const waiting = yield* submitted
      yield* TestClock.adjust("10 seconds")
      assert.isFalse(hasEnded(waiting))
      yield* change({ limits: { max_job_duration: "1h" }, queue: { max_wait: "5s" } })
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(waiting), "JobTimedOut")
    })))

it.effect("thread.limits.max_job_duration: a job that starts later has the new limit, one that runs keeps its own", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      const old = yield* submitted
      yield* change({ limits: { max_job_duration: "1m" } })
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(yield* Fiber.join(old), "JobTimedOut")
      const later = yield* submitted
      yield* TestClock.adjust("59 seconds")
      assert.isFalse(hasEnded(later))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(later), "JobTimedOut")
    })))

const reason = HealthRegistry.use(({ results }) => results).pipe(
  Effect.map((all) => all.find(({ name }) => name === "thread_pool_queue")?.reason)
)

it.effect("thread.health.max_queue_depth: the next look of the readiness check uses the new limit", () =>
  running({}, (change) =>
    Effect.gen(function*() {
      yield* Effect.replicateEffect(submitted, 3)
      yield* TestClock.adjust("5 seconds")
      assert.isUndefined(yield* reason)
      yield* change({ health: { max_queue_depth: 2 } })
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* reason, "2 jobs are waiting (thread.health.max_queue_depth: 2)")
    })))

it.effect("thread.health.interval: the readiness check looks in the new rhythm at once", () =>
  running({ health: { max_queue_depth: 1, interval: "1h" } }, (change) =>
    Effect.gen(function*() {
      yield* TestClock.adjust(0)
      yield* Effect.replicateEffect(submitted, 2)
      yield* TestClock.adjust("10 seconds")
      assert.isUndefined(yield* reason)
      yield* change({ health: { max_queue_depth: 1, interval: "1s" } })
      yield* TestClock.adjust(0)
      assert.strictEqual(yield* reason, "1 jobs are waiting (thread.health.max_queue_depth: 1)")
    })))

it.effect("thread.metrics.interval: the gauges are sampled in the new rhythm at once", () => {
  const active = Effect.map(
    Metric.value(Metric.withAttributes(activeThreads, { pool: "main" })),
    ({ value }) => value
  )
  return running({ metrics: { interval: "1h" } }, (change) =>
    Effect.gen(function*() {
      yield* submitted
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* active, 0)
      yield* change({ metrics: { interval: "1s" } })
      yield* TestClock.adjust(0)
      assert.strictEqual(yield* active, 1)
    }))
})
