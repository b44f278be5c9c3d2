import { describe, it } from "@effect/vitest"
import { PoolStopped, ThreadPool } from "@heptad/thread"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { expect } from "vitest"
import * as Tasks from "./fixtures/declared.ts"
import { layerNodeWorkers, MB } from "./fixtures/layers.ts"

const stats = Effect.flatMap(ThreadPool, (pool) => pool.stats)

const started = (flag: SharedArrayBuffer) =>
  Effect.promise(() => {
    const waiting = Atomics.waitAsync(new Int32Array(flag), 0, 0, 10_000)
    return waiting.async ? waiting.value : Promise.resolve(waiting.value)
  })

/** A job that has really begun to loop on its thread. */
const looping = Effect.gen(function*() {
  const pool = yield* ThreadPool
  const flag = new SharedArrayBuffer(8)
  const fiber = yield* Effect.forkChild(Effect.flip(pool.compute(Tasks.announce, flag)))
  yield* started(flag)
  return { fiber, progress: Effect.sync(() => Atomics.load(new Int32Array(flag), 1)) }
})

const stopped = (job: string, begun: boolean) => new PoolStopped({ job, begun })

describe("worker threads", () => {
  it.live("are started when needed, kept, and work side by side", () =>
    Effect.gen(function*() {
      const pool = yield* ThreadPool
      expect((yield* stats).workers.alive).toBe(0)
      const first = yield* pool.compute(Tasks.threads, undefined)
      expect(first).toBeGreaterThan(0)
      expect(yield* pool.compute(Tasks.threads, undefined)).toBe(first)
      expect((yield* stats).workers.alive).toBe(1)
      const busy = yield* looping
      expect(yield* pool.compute(Tasks.threads, undefined)).not.toBe(first)
      expect((yield* stats).workers).toEqual({ alive: 2, replaced: 0 })
      yield* Fiber.interrupt(busy.fiber)
    }).pipe(Effect.provide(layerNodeWorkers({ size: 2 }))))

  it.live("are terminated under a looping job at its deadline, and replaced", () =>
    Effect.gen(function*() {
      const pool = yield* ThreadPool
      const before = yield* Clock.currentTimeMillis
      const error = yield* Effect.flip(pool.compute(Tasks.loop, undefined))
      expect(error).toMatchObject({ _tag: "JobTimedOut", job: "loop", stage: "running" })
      expect((yield* Clock.currentTimeMillis) - before).toBeLessThan(5000)
      expect(yield* pool.compute(Tasks.double, 21)).toBe(42)
      const { compute, workers } = yield* pool.stats
      expect(workers).toEqual({ alive: 1, replaced: 1 })
      expect(compute).toMatchObject({ active: 0, timedOut: 1 })
    }).pipe(Effect.provide(layerNodeWorkers({ size: 1, maxDuration: Duration.millis(500) }))))

  it.live("are terminated when the caller of a running job is interrupted", () =>
    Effect.gen(function*() {
      const pool = yield* ThreadPool
      const busy = yield* looping
      yield* Fiber.interrupt(busy.fiber)
      const stoppedAt = yield* busy.progress
      expect((yield* stats).compute.active).toBe(0)
      expect(yield* pool.compute(Tasks.double, 21)).toBe(42)
      expect(yield* busy.progress).toBe(stoppedAt)
    }).pipe(Effect.provide(layerNodeWorkers({ size: 1 }))))

  it.live("fail the job that ends them, and only that one", () =>
    Effect.gen(function*() {
      const pool = yield* ThreadPool
      for (let crash = 1; crash <= 3; crash++) {
        const jobs = Effect.all([
          Effect.flip(pool.compute(Tasks.crash, undefined)),
          pool.compute(Tasks.double, crash)
        ], { concurrency: "unbounded" })
        const [error, doubled] = yield* jobs
        expect(error).toMatchObject({
          _tag: "WorkerFailed",
          reason: "crashed",
          detail: "its thread ended with code 7",
          errorCode: { number: -120 }
        })
        expect(doubled).toBe(crash * 2)
        expect((yield* stats).workers.replaced).toBe(crash)
      }
      expect((yield* stats).compute).toMatchObject({ active: 0, waiting: 0 })
    }).pipe(Effect.provide(layerNodeWorkers({ size: 2 }))))

  it.live("run out of their own heap, not of the process's", () =>
    Effect.gen(function*() {
      const pool = yield* ThreadPool
      const error = yield* Effect.flip(pool.compute(Tasks.exhaust, undefined))
      expect(error).toMatchObject({ _tag: "WorkerFailed", reason: "crashed" })
      expect(error.message).toContain("memory")
      expect(yield* pool.compute(Tasks.double, 1)).toBe(2)
    }).pipe(Effect.provide(layerNodeWorkers({ size: 1, heapBytes: 32 * MB }))))

  it.live("have the stack that the settings give them", () =>
    Effect.gen(function*() {
      const frames = (stackBytes: number) =>
        Effect.flatMap(ThreadPool, (pool) => pool.compute(Tasks.frames, undefined)).pipe(
          Effect.provide(layerNodeWorkers({ size: 1, stackBytes }))
        )
      const [small, large] = [yield* frames(MB), yield* frames(4 * MB)]
      expect(large / small).toBeGreaterThan(3)
    }))

  it.live("are all terminated at the stop, also under looping jobs, and every submitter is told", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(layerNodeWorkers({ size: 2 }), scope)
      const pool = Context.get(context, ThreadPool)
      const both = yield* Effect.provideContext(Effect.all([looping, looping]), context)
      const queued = yield* Effect.forkChild(Effect.flip(pool.compute(Tasks.double, 1)))
      yield* Effect.yieldNow
      const before = yield* Clock.currentTimeMillis
      yield* Scope.close(scope, Exit.void)
      expect((yield* Clock.currentTimeMillis) - before).toBeLessThan(3000)
      for (const { fiber } of both) expect(yield* Fiber.join(fiber)).toEqual(stopped("announce", true))
      expect(yield* Fiber.join(queued)).toEqual(stopped("double", false))
      expect((yield* pool.stats).workers).toEqual({ alive: 0, replaced: 0 })
    }))

  it.live("take a thousand small jobs from many callers and keep the answers apart", () =>
    Effect.gen(function*() {
      const pool = yield* ThreadPool
      const numbers = Array.from({ length: 1000 }, (_, n) => n)
      const doubled = yield* Effect.forEach(numbers, (n) => pool.compute(Tasks.double, n), { concurrency: 64 })
      expect(doubled).toEqual(numbers.map((n) => n * 2))
      expect((yield* stats).workers).toEqual({ alive: 2, replaced: 0 })
    }).pipe(Effect.provide(layerNodeWorkers({ size: 2 }))))
})
