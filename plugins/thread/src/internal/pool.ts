/** The service made of two lanes and an engine: who is refused, which deadlines hold, and how everything ends. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ComputeTask } from "../ComputeTask.ts"
import { type JobTimedOut, PoolStopped, WorkerFailed } from "../errors.ts"
import { type JobOptions, type PoolStats, ThreadPool } from "../ThreadPool.ts"
import type { ComputeEngine } from "./engine.ts"
import * as Lane from "./lane.ts"
import type { Observer } from "./observer.ts"
import { levelOf } from "./priority.ts"
import type { Refusal } from "./tally.ts"

export interface Pool {
  readonly service: ThreadPool["Service"]
  /** Refuses new jobs and waits until none is left. */
  readonly drain: Effect.Effect<void>
  /** Jobs waiting at each priority level, both lanes together. */
  readonly depths: () => ReadonlyArray<number>
}

/** How long closing waits for interrupted jobs, whose finalizers may hang. */
const patience = Duration.seconds(5)

const sweepInterval = Duration.seconds(1)

/** Lives until the scope closes; closing ends what still runs. The engine must outlive it. */
export const make = Effect.fnUntraced(function*(options: {
  readonly settings: Lane.LaneSettings
  readonly observer: Observer
  readonly engine: ComputeEngine
}): Effect.fn.Return<Pool, never, Scope.Scope> {
  const { engine, observer, settings } = options
  const clock = yield* Clock.Clock
  const now = () => clock.currentTimeMillisUnsafe()
  let state: PoolStats["state"] = "running"
  const waitingForIdle = new Set<() => void>()

  const onIdle = (): void => {
    if (waitingForIdle.size === 0 || !fibers.idle() || !computing.idle()) return
    for (const resume of [...waitingForIdle]) resume()
  }
  const fibers = Lane.make({ settings, observer, now, onIdle })
  const computing = Lane.make({ settings, observer, now, onIdle })

  const idle = Effect.callback<void>((resume) => {
    if (fibers.idle() && computing.idle()) return resume(Effect.void)
    const done = () => {
      waitingForIdle.delete(done)
      resume(Effect.void)
    }
    waitingForIdle.add(done)
    return Effect.sync(() => waitingForIdle.delete(done))
  })

  const refuses = (context: Context.Context<never>): boolean =>
    state !== "running" && (state === "stopped" || !Context.get(context, Lane.InsideJob))

  const admit = <A, E, R>(
    lane: Lane.Lane,
    job: Effect.Effect<A, E, R>,
    name: string,
    options: JobOptions | undefined
  ): Effect.Effect<A, E | Refusal, R> => {
    const level = levelOf(options?.priority ?? "normal", settings.levels)
    const run = (admitted: Effect.Effect<A, E, R>) =>
      Effect.contextWith((context: Context.Context<R>) =>
        refuses(context)
          ? Effect.fail(new PoolStopped({ job: name, begun: false }))
          : lane.run(admitted, name, level)
      )
    return options?.timeout === undefined ? run(job) : within(lane, job, run, name, options.timeout)
  }

  const submit: Pool["service"]["submit"] = (job, options) => admit(fibers, job, options?.name ?? "job", options)

  const compute = Effect.fn("ThreadPool.compute")(
    function*<In, Out>(task: ComputeTask<In, Out>, input: In, options?: JobOptions) {
      const job = options?.name ?? task.name
      const encoded = yield* misfit(task.encode(input), job, "bad_input")
      const request = { module: task.module, name: task.name, input: encoded, transfer: task.transfer(input) }
      const output = yield* admit(computing, engine.run(job, request), job, options)
      return yield* misfit(task.decode(output), job, "bad_output")
    }
  )

  yield* Effect.addFinalizer(Effect.fnUntraced(function*() {
    state = "stopped"
    engine.stopping()
    const cut = fibers.stats().active + computing.stats().active
    if (cut > 0) yield* Effect.logWarning(`thread pool: ${cut} running jobs were cut`)
    fibers.stop()
    computing.stop()
    yield* Effect.timeoutOrElse(Effect.interruptible(idle), {
      duration: patience,
      orElse: () => Effect.logError(`thread pool: jobs did not end within ${Duration.format(patience)}`)
    })
  }))
  yield* Effect.sync(() => {
    fibers.sweep(now())
    computing.sweep(now())
  }).pipe(Effect.delay(sweepInterval), Effect.forever, Effect.forkScoped)

  return {
    service: ThreadPool.of({
      submit,
      compute,
      stats: Effect.sync(() => ({
        state,
        fibers: fibers.stats(),
        compute: computing.stats(),
        workers: engine.workers()
      }))
    }),
    drain: Effect.suspend(() => {
      if (state === "running") state = "draining"
      return idle
    }),
    depths: () =>
      Array.from({ length: settings.levels }, (_, level) => fibers.waitingAt(level) + computing.waitingAt(level))
  }
})

/** The caller's own deadline, for waiting and running together; interrupting the caller's wait does the rest. */
const within = <A, E, R, E2>(
  lane: Lane.Lane,
  job: Effect.Effect<A, E, R>,
  run: (job: Effect.Effect<A, E, R>) => Effect.Effect<A, E2, R>,
  name: string,
  timeout: Duration.Duration
): Effect.Effect<A, E2 | JobTimedOut, R> =>
  Effect.suspend(() => {
    let stage: JobTimedOut["stage"] = "waiting"
    const marked = Effect.suspend(() => {
      stage = "running"
      return job
    })
    return Effect.timeoutOrElse(run(marked), {
      duration: timeout,
      orElse: () => Effect.fail(lane.timedOut(name, stage, "options.timeout", timeout))
    })
  })

const misfit = <A>(
  coded: Effect.Effect<A, { readonly message: string }>,
  job: string,
  reason: "bad_input" | "bad_output"
): Effect.Effect<A, WorkerFailed> =>
  Effect.mapError(coded, (error) => new WorkerFailed({ job, reason, detail: error.message }))
