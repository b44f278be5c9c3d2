/** What every layer of `ThreadPool` promises. Run by ThreadPool.conformance.test.ts on worker threads and in memory. */
import { describe, it } from "@effect/vitest"
import { JobDropped, JobTimedOut, PoolStopped, QueueFull, ThreadPool, WorkerFailed } from "@heptad/thread"
import type { MemoryOptions } from "@heptad/thread/testing"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { expect } from "vitest"
import * as Tasks from "./fixtures/declared.ts"

type LayerOf = (options: MemoryOptions) => Layer.Layer<ThreadPool>

const idleNow = Effect.gen(function*() {
  const { compute, fibers } = yield* (yield* ThreadPool).stats
  expect({ active: fibers.active, waiting: fibers.waiting, blocked: fibers.blocked }).toEqual({
    active: 0,
    waiting: 0,
    blocked: 0
  })
  expect({ active: compute.active, waiting: compute.waiting }).toEqual({ active: 0, waiting: 0 })
})

/** Occupies every slot of a pool of one until the returned Deferred is done. */
const occupy = Effect.gen(function*() {
  const pool = yield* ThreadPool
  const release = yield* Deferred.make<void>()
  const started = yield* Deferred.make<void>()
  const job = Effect.andThen(Deferred.succeed(started, undefined), Deferred.await(release))
  const fiber = yield* Effect.forkChild(pool.submit(job, { name: "occupier" }))
  yield* Deferred.await(started)
  return { fiber, release: Deferred.succeed(release, undefined) }
})

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

export const conformance = (name: string, layerOf: LayerOf): void => {
  describe(`${name}: submit`, () => {
    it.effect("runs a job at once when a slot is free", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        expect(yield* pool.submit(Effect.succeed(42))).toBe(42)
        expect((yield* pool.stats).fibers.finished).toBe(1)
        yield* idleNow
      }).pipe(Effect.provide(layerOf({ size: 1 }))))

    it.effect("gives the job its caller's services and its failure to the caller", () =>
      Effect.gen(function*() {
        class Greeting extends Context.Service<Greeting, string>()("Greeting") {}
        const pool = yield* ThreadPool
        const job = Effect.flatMap(Greeting, (greeting) => Effect.fail(`${greeting}, not today`))
        const exit = yield* Effect.exit(Effect.provideService(pool.submit(job), Greeting, "hello"))
        expect(exit).toEqual(Exit.fail("hello, not today"))
        yield* idleNow
      }).pipe(Effect.provide(layerOf({ size: 1 }))))

    it.effect("runs no more jobs at a time than it has slots", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        let now = 0
        let most = 0
        const job = Effect.gen(function*() {
          most = Math.max(most, ++now)
          yield* Effect.yieldNow
          now--
        })
        yield* Effect.forEach(Array.from({ length: 100 }), () => pool.submit(job), {
          concurrency: "unbounded",
          discard: true
        })
        expect(most).toBe(3)
        yield* idleNow
      }).pipe(Effect.provide(layerOf({ size: 3 }))))

    it.effect("lets important jobs pass and does not starve the others", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        const occupied = yield* occupy
        const order: Array<string> = []
        const submit = (label: string, priority: "high" | "normal" | "low") =>
          fork(pool.submit(Effect.sync(() => order.push(label)), { priority }))
        yield* submit("low", "low")
        yield* submit("normal", "normal")
        for (const n of [1, 2, 3, 4, 5]) yield* submit(`high ${n}`, "high")
        expect((yield* pool.stats).fibers.waitingByPriority).toEqual({ high: 5, normal: 1, low: 1 })
        yield* occupied.release
        yield* Fiber.await(occupied.fiber)
        expect(order).toEqual(["high 1", "high 2", "high 3", "normal", "low", "high 4", "high 5"])
        yield* idleNow
      }).pipe(Effect.provide(layerOf({ size: 1, ageing: 3 }))))

    it.effect("rejects when the queue is full", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        const occupied = yield* occupy
        const waiting = yield* fork(pool.submit(Effect.succeed("waited")))
        const error = yield* Effect.flip(pool.submit(Effect.void, { name: "third" }))
        expect(error).toEqual(new QueueFull({ job: "third", capacity: 1 }))
        expect(error.message).toBe(
          "Job \"third\" was refused: 1 jobs are waiting already. Try again later, raise thread.queue.capacity, or set " +
            "thread.queue.overflow_policy to \"block\"."
        )
        yield* occupied.release
        expect(yield* Fiber.join(waiting)).toBe("waited")
        expect((yield* pool.stats).fibers).toMatchObject({ finished: 2, rejected: 1 })
        yield* idleNow
      }).pipe(Effect.provide(layerOf({ size: 1, capacity: 1 }))))

    it.effect("holds submitters back when the policy is block", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        const occupied = yield* occupy
        const all = yield* fork(Effect.forEach([1, 2, 3], (n) => pool.submit(Effect.succeed(n)), {
          concurrency: "unbounded"
        }))
        yield* Effect.yieldNow
        expect((yield* pool.stats).fibers).toMatchObject({ waiting: 1, blocked: 2, rejected: 0 })
        yield* occupied.release
        expect(yield* Fiber.join(all)).toEqual([1, 2, 3])
        yield* idleNow
      }).pipe(Effect.provide(layerOf({ size: 1, capacity: 1, overflow: "block" }))))

    it.effect("drops the oldest of the least important, never one more important than the new job", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        const occupied = yield* occupy
        const normal = yield* fork(pool.submit(Effect.succeed("normal"), { name: "normal" }))
        const low = yield* fork(pool.submit(Effect.succeed("low"), { name: "low", priority: "low" }))
        const high = yield* fork(pool.submit(Effect.succeed("high"), { priority: "high" }))
        expect(yield* Effect.flip(Fiber.join(low))).toEqual(new JobDropped({ job: "low" }))
        const refused = yield* Effect.flip(pool.submit(Effect.void, { name: "late", priority: "low" }))
        expect(refused).toEqual(new QueueFull({ job: "late", capacity: 2 }))
        const normal2 = yield* fork(pool.submit(Effect.succeed("normal 2")))
        expect(yield* Effect.flip(Fiber.join(normal))).toEqual(new JobDropped({ job: "normal" }))
        yield* occupied.release
        expect([yield* Fiber.join(high), yield* Fiber.join(normal2)]).toEqual(["high", "normal 2"])
        expect((yield* pool.stats).fibers).toMatchObject({ dropped: 2, rejected: 1 })
        yield* idleNow
      }).pipe(Effect.provide(layerOf({ size: 1, capacity: 2, overflow: "drop_oldest" }))))

    it.effect("does not let a dropped job that comes back at once take the place made for another", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        const occupied = yield* occupy
        const again = Effect.retry(pool.submit(Effect.succeed("again")), { times: 1 })
        const first = yield* fork(Effect.exit(again))
        const second = yield* fork(Effect.exit(pool.submit(Effect.succeed("second"))))
        expect((yield* pool.stats).fibers).toMatchObject({ waiting: 1, blocked: 0 })
        expect(yield* Fiber.join(second)).toMatchObject({ _tag: "Failure" })
        yield* occupied.release
        expect(yield* Fiber.join(first)).toEqual(Exit.succeed("again"))
        yield* idleNow
      }).pipe(Effect.provide(layerOf({ size: 1, capacity: 1, overflow: "drop_oldest" }))))

    it.effect("takes an interrupted waiter out of the queue and gives its place to another", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        const occupied = yield* occupy
        let ran = false
        const waiting = yield* fork(pool.submit(Effect.sync(() => ran = true)))
        yield* Fiber.interrupt(waiting)
        expect((yield* pool.stats).fibers.waiting).toBe(0)
        const next = yield* fork(pool.submit(Effect.succeed("next")))
        yield* occupied.release
        expect(yield* Fiber.join(next)).toBe("next")
        expect(ran).toBe(false)
        yield* idleNow
      }).pipe(Effect.provide(layerOf({ size: 1, capacity: 1 }))))

    it.effect("frees the slot when the caller of a running job is interrupted, after its finalizers", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        let closed = false
        const job = Effect.onInterrupt(Effect.never, () => Effect.sync(() => closed = true))
        const running = yield* fork(pool.submit(job))
        yield* Fiber.interrupt(running)
        expect(closed).toBe(true)
        yield* idleNow
        expect(yield* pool.submit(Effect.succeed("free"))).toBe("free")
      }).pipe(Effect.provide(layerOf({ size: 1 }))))

    it.effect("leaves no slot behind when a waiter is interrupted in the moment it is granted one", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        const occupied = yield* occupy
        const first = yield* fork(pool.submit(Effect.suspend(() => Fiber.interrupt(second))))
        const second: Fiber.Fiber<void, unknown> = yield* fork(pool.submit(Effect.void))
        yield* occupied.release
        yield* Fiber.awaitAll([first, second])
        yield* idleNow
      }).pipe(Effect.provide(layerOf({ size: 1 }))))

    it.effect("interrupts a job past max_job_duration", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        let closed = false
        const job = Effect.onInterrupt(Effect.never, () => Effect.sync(() => closed = true))
        const running = yield* fork(Effect.flip(pool.submit(job, { name: "slow" })))
        yield* TestClock.adjust("29 seconds")
        expect((yield* pool.stats).fibers.active).toBe(1)
        yield* TestClock.adjust("1 second")
        const error = yield* Fiber.join(running)
        expect(error).toEqual(
          new JobTimedOut({ job: "slow", stage: "running", limit: "thread.limits.max_job_duration", millis: 30_000 })
        )
        expect(error).toMatchObject({ errorCode: { name: "thread.job_timeout", number: -141 } })
        expect(closed).toBe(true)
        expect((yield* pool.stats).fibers.timedOut).toBe(1)
        yield* idleNow
      }).pipe(Effect.provide(layerOf({ size: 1 }))))

    it.effect("forgets the deadline of a job that finished in time", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        const running = yield* fork(pool.submit(Effect.sleep("1 second")))
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(running)
        yield* TestClock.adjust("1 hour")
        expect((yield* pool.stats).fibers).toMatchObject({ finished: 1, timedOut: 0 })
      }).pipe(Effect.provide(layerOf({ size: 1 }))))

    it.effect("keeps the caller's own timeout, waiting included", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        const occupied = yield* occupy
        const options = { name: "hasty", timeout: Duration.seconds(2) }
        const waiting = yield* fork(Effect.flip(pool.submit(Effect.void, options)))
        yield* TestClock.adjust("2 seconds")
        expect(yield* Fiber.join(waiting)).toMatchObject({ _tag: "JobTimedOut", stage: "waiting", millis: 2000 })
        yield* occupied.release
        yield* Fiber.await(occupied.fiber)
        const running = yield* fork(Effect.flip(pool.submit(Effect.never, options)))
        yield* TestClock.adjust("2 seconds")
        expect(yield* Fiber.join(running)).toMatchObject({ _tag: "JobTimedOut", stage: "running", millis: 2000 })
        yield* idleNow
      }).pipe(Effect.provide(layerOf({ size: 1 }))))

    it.effect("ends a job that waited longer than max_wait", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        const occupied = yield* occupy
        const waiting = yield* fork(Effect.flip(pool.submit(Effect.void, { name: "patient" })))
        yield* TestClock.adjust("11 seconds")
        expect(yield* Fiber.join(waiting)).toEqual(
          new JobTimedOut({ job: "patient", stage: "waiting", limit: "thread.queue.max_wait", millis: 10_000 })
        )
        yield* occupied.release
        yield* Fiber.await(occupied.fiber)
        yield* idleNow
      }).pipe(Effect.provide(layerOf({ size: 1, maxWait: Duration.seconds(10) }))))

    it.effect("runs ten thousand waiting jobs that finish at once without growing the stack", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        const occupied = yield* occupy
        let ran = 0
        const all = yield* fork(
          Effect.forEach(Array.from({ length: 10_000 }), () => pool.submit(Effect.sync(() => ran++)), {
            concurrency: "unbounded",
            discard: true
          })
        )
        yield* occupied.release
        yield* Fiber.join(all)
        expect(ran).toBe(10_000)
        yield* idleNow
      }).pipe(Effect.provide(layerOf({ size: 1, capacity: 10_000 }))))

    it.effect("has nothing left over whichever job of a crowd fails, and however", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        const endings: ReadonlyArray<Effect.Effect<void, string>> = [
          Effect.fail("failed"),
          Effect.die("died"),
          Effect.interrupt,
          Effect.andThen(Effect.yieldNow, Effect.fail("failed later"))
        ]
        for (const ending of endings) {
          for (let failing = 0; failing < 12; failing++) {
            const crowd = Array.from({ length: 12 }, (_, n) => n === failing ? ending : Effect.yieldNow)
            const exit = yield* Effect.exit(
              Effect.forEach(crowd, (job) => pool.submit(job), { concurrency: "unbounded", discard: true })
            )
            expect(Exit.isFailure(exit)).toBe(true)
            yield* idleNow
          }
        }
      }).pipe(Effect.provide(layerOf({ size: 2 }))))
  })

  describe(`${name}: compute`, () => {
    const computing = Layer.fresh(layerOf({ size: 2 }))

    it.effect("runs synchronous and asynchronous functions, through the task's Schemas", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        expect(yield* pool.compute(Tasks.double, 21)).toBe(42)
        expect(yield* pool.compute(Tasks.later, 41)).toBe(42)
        const at = yield* Effect.orDie(Tasks.shout.decode({ text: "", at: "2026-01-02T03:04:05.000Z" }))
        const shouted = yield* pool.compute(Tasks.shout, { text: "hey", at: at.at })
        expect(shouted).toEqual({ text: "HEY", at: at.at })
        yield* idleNow
      }).pipe(Effect.provide(computing)))

    it.effect("moves a listed buffer away from its sender and the result back", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        const bytes = new Uint8Array(new ArrayBuffer(1 << 20))
        const filled = yield* pool.compute(Tasks.fill, { bytes, value: 9 })
        expect(bytes.byteLength).toBe(0)
        expect([filled.byteLength, filled[0], filled.at(-1)]).toEqual([1 << 20, 9, 9])
        const again = yield* Effect.flip(pool.compute(Tasks.fill, { bytes, value: 9 }))
        expect(again).toMatchObject({ _tag: "WorkerFailed", reason: "bad_input" })
        yield* idleNow
      }).pipe(Effect.provide(computing)))

    it.effect("copies a result that is part of a larger buffer, of the shared pool or marked to stay", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        for (const _ of [1, 2]) {
          expect(yield* pool.compute(Tasks.half, undefined)).toEqual(new Uint8Array(32).fill(7))
          expect(yield* pool.compute(Tasks.untransferable, undefined)).toEqual(new Uint8Array(8).fill(3))
          expect(new TextDecoder().decode(yield* pool.compute(Tasks.pooled, undefined))).toBe("small")
        }
      }).pipe(Effect.provide(computing)))

    it.effect("says what went wrong, and goes on", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        const reason = (failing: Effect.Effect<unknown, unknown>) =>
          Effect.map(Effect.flip(failing), (error) => error instanceof WorkerFailed ? error.reason : error)
        expect(yield* reason(pool.compute(Tasks.boom, undefined))).toBe("threw")
        expect(yield* reason(pool.compute(Tasks.noModule, 1))).toBe("not_loaded")
        expect(yield* reason(pool.compute(Tasks.missing, undefined))).toBe("not_loaded")
        expect(yield* reason(pool.compute(Tasks.notFunction, undefined))).toBe("not_loaded")
        expect(yield* reason(pool.compute(Tasks.unsendable, undefined))).toBe("bad_output")
        expect(yield* reason(pool.compute(Tasks.wrong, undefined))).toBe("bad_output")
        expect(yield* reason(pool.compute(Tasks.atMostTen, 11))).toBe("bad_input")
        expect(yield* reason(pool.compute(Tasks.sendFunction, () => 1))).toBe("bad_input")
        expect(yield* pool.compute(Tasks.double, 1)).toBe(2)
        yield* idleNow
      }).pipe(Effect.provide(computing)))

    it.effect("tells a thrown error in a sentence that ends with what to do", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        const error = yield* Effect.flip(pool.compute(Tasks.boom, undefined))
        expect(error.message).toBe(
          "Job \"boom\" failed on its worker thread (threw): TypeError: no such invoice. Correct the function or its input."
        )
      }).pipe(Effect.provide(computing)))

    it.effect("ends a function that never answers", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        const hanging = yield* fork(Effect.flip(pool.compute(Tasks.hang, undefined)))
        yield* TestClock.adjust("30 seconds")
        expect(yield* Fiber.join(hanging)).toMatchObject({ _tag: "JobTimedOut", job: "hang", stage: "running" })
        expect(yield* pool.compute(Tasks.double, 1)).toBe(2)
        yield* idleNow
      }).pipe(Effect.provide(computing)))

    it.effect("may be used by a job that holds the only slot", () =>
      Effect.gen(function*() {
        const pool = yield* ThreadPool
        expect(yield* pool.submit(pool.compute(Tasks.double, 4))).toBe(8)
      }).pipe(Effect.provide(layerOf({ size: 1 }))))
  })

  describe(`${name}: stop`, () => {
    it.effect("cuts what runs, refuses what waits or comes later, and does not hang", () =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        const pool = Context.get(yield* Layer.buildWithScope(layerOf({ size: 1 }), scope), ThreadPool)
        let closed = false
        const job = Effect.onInterrupt(Effect.never, () => Effect.sync(() => closed = true))
        const running = yield* fork(Effect.flip(pool.submit(job, { name: "running" })))
        const waiting = yield* fork(Effect.flip(pool.submit(Effect.void, { name: "waiting" })))
        const computing = yield* fork(Effect.flip(pool.compute(Tasks.hang, undefined)))
        yield* Scope.close(scope, Exit.void)
        expect(yield* Fiber.join(running)).toEqual(new PoolStopped({ job: "running", begun: true }))
        expect(yield* Fiber.join(waiting)).toEqual(new PoolStopped({ job: "waiting", begun: false }))
        expect(yield* Fiber.join(computing)).toEqual(new PoolStopped({ job: "hang", begun: true }))
        expect(closed).toBe(true)
        const late = yield* Effect.flip(pool.submit(Effect.void, { name: "late" }))
        expect(late).toEqual(new PoolStopped({ job: "late", begun: false }))
        const { compute, fibers, state } = yield* pool.stats
        expect([state, fibers.active, fibers.waiting, compute.active]).toEqual(["stopped", 0, 0, 0])
      }))
  })
}
