/**
 * Runs jobs in the slots of a gate, and ends them before their time where it must.
 *
 * Written for this project because the hot path matters: a job that finds a free slot and finishes without waiting costs
 * one fiber and no queue, timer or Deferred.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import { PoolStopped } from "../errors.ts"
import type { LaneStats } from "../ThreadPool.ts"
import * as Gate from "./gate.ts"
import type { Observer } from "./observer.ts"
import { labels } from "./priority.ts"
import * as Tally from "./tally.ts"

export interface LaneSettings extends Gate.GateSettings {
  maxDuration: Duration.Duration
}

export interface Lane {
  readonly run: <A, E, R>(
    job: Effect.Effect<A, E, R>,
    name: string,
    level: number
  ) => Effect.Effect<A, E | Tally.Refusal, R>
  readonly sweep: (nowMillis: number) => void
  /** Ends every job, waiting and running. */
  readonly stop: () => void
  readonly idle: () => boolean
  readonly waitingAt: (level: number) => number
  readonly timedOut: Tally.Tally["timedOut"]
  readonly stats: () => LaneStats
}

/** A job that did not finish at once. */
interface Running {
  readonly job: string
  readonly fiber: Fiber.Fiber<unknown, unknown>
  /** Why the pool ended it; its submitter is told this instead of "interrupted". */
  cut: Tally.Refusal | undefined
}

/** Whether the current fiber runs inside a job of a pool: such fibers may submit while the pool drains. */
export const InsideJob = Context.Reference<boolean>("@heptad/thread/InsideJob", { defaultValue: () => false })

const cut = (record: Running, why: Tally.Refusal): void => {
  record.cut ??= why
  record.fiber.interruptUnsafe()
}

/** An interruption that the pool caused is told by its reason. */
const told = <A, E>(record: Running, exit: Exit.Exit<A, E>): Exit.Exit<A, E | Tally.Refusal> =>
  record.cut !== undefined && Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause) ? Exit.fail(record.cut) : exit

/** The submitter gave up: it leaves when the job has really stopped. */
const interrupt = (fiber: Fiber.Fiber<unknown, unknown>) =>
  Effect.callback<void>((resume) => {
    fiber.addObserver(() => resume(Effect.void))
    fiber.interruptUnsafe()
  })

export const make = (options: {
  readonly settings: LaneSettings
  readonly observer: Observer
  readonly now: () => number
  /** Called whenever the last job has left. */
  readonly onIdle: () => void
}): Lane => {
  const { now, observer, onIdle, settings } = options
  const tally = Tally.make(observer)
  const gate = Gate.make({ settings, tally, now, onIdle })
  const names = labels(settings.levels)
  const running = new Set<Running>()

  const ended = (begun: number): void => {
    tally.finished(begun)
    gate.leave()
  }

  const armDeadline = (record: Running, context: Context.Context<never>) => {
    const { maxDuration } = settings
    const deadline = Effect.runForkWith(context)(Effect.sleep(maxDuration))
    deadline.addObserver((exit) => {
      if (Exit.isFailure(exit)) return
      cut(record, tally.timedOut(record.job, "running", "thread.limits.max_job_duration", maxDuration))
    })
    return deadline
  }

  /** Waits for a job that did not finish at once. */
  const settle = <A, E>(
    fiber: Fiber.Fiber<A, E>,
    job: string,
    begun: number,
    context: Context.Context<never>,
    restore: Gate.Restore
  ): Effect.Effect<A, E | Tally.Refusal> => {
    const record: Running = { job, fiber, cut: undefined }
    running.add(record)
    const deadline = armDeadline(record, context)
    fiber.addObserver(() => {
      running.delete(record)
      deadline.interruptUnsafe()
      ended(begun)
    })
    const result = Effect.callback<A, E | Tally.Refusal>((resume) => {
      fiber.addObserver((exit) => resume(told(record, exit)))
    })
    return Effect.onExitPrimitive(
      restore(result),
      () => fiber.pollUnsafe() === undefined ? interrupt(fiber) : undefined
    )
  }

  /** The slot is there. Runs the job on a fiber of its own, so that the pool can end it. */
  const start = <A, E, R>(
    job: Effect.Effect<A, E, R>,
    name: string,
    context: Context.Context<R>,
    restore: Gate.Restore
  ): Effect.Effect<A, E | Tally.Refusal> => {
    const begun = tally.begun()
    const fiber = Effect.runForkWith(Context.add(context, InsideJob, true))(job)
    const exit = fiber.pollUnsafe()
    if (exit === undefined) return settle(fiber, name, begun, context, restore)
    ended(begun)
    return exit
  }

  return {
    run: <A, E, R>(job: Effect.Effect<A, E, R>, name: string, level: number) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.contextWith((context: Context.Context<R>): Effect.Effect<A, E | Tally.Refusal> =>
          gate.tryEnter()
            ? start(job, name, context, restore)
            : Effect.flatMap(gate.enter(name, level, restore), () => start(job, name, context, restore))
        )
      ),
    sweep: gate.sweep,
    stop: () => {
      gate.stop()
      for (const record of [...running]) cut(record, new PoolStopped({ job: record.job, begun: true }))
    },
    idle: gate.idle,
    waitingAt: gate.waitingAt,
    timedOut: tally.timedOut,
    stats: () => ({
      size: settings.size,
      active: gate.active(),
      waiting: Math.min(gate.waiting(), settings.capacity),
      blocked: Math.max(0, gate.waiting() - settings.capacity),
      waitingByPriority: Object.fromEntries(names.map((name, level) => [name, gate.waitingAt(level)])),
      ...tally.counts
    })
  }
}
