/**
 * Who may run now, who waits, who is turned away: N slots behind a priority queue. State is touched only between
 * suspension points, so it needs no lock.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { PoolStopped, type QueueFull } from "../errors.ts"
import * as PriorityQueue from "./priority.ts"
import type { Refusal, Tally } from "./tally.ts"

/** What is not readonly may change while jobs wait; it is read where it is used. */
export interface GateSettings {
  readonly size: number
  capacity: number
  overflow: "reject" | "block" | "drop_oldest"
  readonly levels: number
  readonly ageing: number
  maxWait: Duration.Duration
}

/** Gives back the interruptibility that the caller of an uninterruptible region had. */
export type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

export interface Gate {
  /** Takes a slot if one is free and nobody waits for it. */
  readonly tryEnter: () => boolean
  /** Succeeds when the caller owns a slot. To be called in an uninterruptible region. */
  readonly enter: (job: string, level: number, restore: Restore) => Effect.Effect<void, Refusal>
  /** Gives a slot back. */
  readonly leave: () => void
  /** Ends waiting jobs whose time is over. */
  readonly sweep: (nowMillis: number) => void
  /** Ends every waiting job. */
  readonly stop: () => void
  readonly idle: () => boolean
  readonly active: () => number
  readonly waiting: () => number
  readonly waitingAt: (level: number) => number
}

interface Waiter extends PriorityQueue.Entry {
  readonly job: string
  readonly since: number
  /** `new` is not in the queue yet; `granted` owns a slot that it has not used yet. */
  state: "new" | "waiting" | "granted" | "ended"
  resume: (turn: Effect.Effect<void, Refusal>) => void
}

/** Jobs started in one go before other fibers get a chance. */
const burst = 1024

export const make = (options: {
  readonly settings: GateSettings
  readonly tally: Tally
  readonly now: () => number
  /** Called whenever the last job has left. */
  readonly onIdle: () => void
}): Gate => {
  const { now, onIdle, settings, tally } = options
  const queue = PriorityQueue.make<Waiter>(settings.levels, settings.ageing)
  let active = 0
  let granting = false

  const idle = () => active === 0 && queue.size === 0

  const tellIdle = (): void => {
    if (idle()) onIdle()
  }

  /** Hands free slots to waiters in a loop: a job that finishes at once gives its slot back inside `resume`. */
  const grant = (): void => {
    if (granting) return
    granting = true
    for (let left = burst; left > 0 && active < settings.size; left--) {
      const waiter = queue.take()
      if (waiter === undefined) break
      active++
      waiter.state = "granted"
      waiter.resume(Effect.void)
    }
    granting = false
    if (queue.size > 0 && active < settings.size) Effect.runFork(Effect.andThen(Effect.yieldNow, Effect.sync(grant)))
  }

  const leave = (): void => {
    active--
    if (queue.size > 0) grant()
    tellIdle()
  }

  const end = (waiter: Waiter, why: Refusal): void => {
    queue.remove(waiter)
    waiter.state = "ended"
    // Later, not now: one that submits again at once would take the place that is being made for somebody else.
    waiter.resume(Effect.andThen(Effect.yieldNow, Effect.fail(why)))
    tellIdle()
  }

  /** Ends the oldest waiters of each level for as long as `why` has a reason for them. */
  const endWhile = (why: (waiter: Waiter) => Refusal | undefined): void => {
    for (let level = 0; level < settings.levels; level++) {
      for (let waiter = queue.oldest(level); waiter !== undefined; waiter = queue.oldest(level)) {
        const reason = why(waiter)
        if (reason === undefined) break
        end(waiter, reason)
      }
    }
  }

  /** The oldest of the least important waiting jobs, unless all of them are more important than `level`. */
  const expendable = (level: number): Waiter | undefined => {
    for (let lowest = settings.levels - 1; lowest >= level; lowest--) {
      const oldest = queue.oldest(lowest)
      if (oldest !== undefined) return oldest
    }
    return undefined
  }

  /** Makes room for one more by the overflow policy, or says why there is none. */
  const makeRoom = (job: string, level: number): QueueFull | undefined => {
    if (queue.size < settings.capacity || settings.overflow === "block") return undefined
    const victim = settings.overflow === "drop_oldest" ? expendable(level) : undefined
    if (victim === undefined) return tally.rejected(job, settings.capacity)
    end(victim, tally.dropped(victim.job))
    return undefined
  }

  /** The caller was interrupted, perhaps in the very moment in which it was granted a slot. */
  const giveUp = (waiter: Waiter): void => {
    const { state } = waiter
    waiter.state = "ended"
    if (state === "granted") return leave()
    if (state === "waiting") queue.remove(waiter)
    tellIdle()
  }

  const enter: Gate["enter"] = (job, level, restore) => {
    const full = makeRoom(job, level)
    if (full !== undefined) return Effect.fail(full)
    const waiter: Waiter = { job, level, since: now(), removed: false, state: "new", resume: () => {} }
    const turn = Effect.callback<void, Refusal>((resume) => {
      waiter.resume = resume
      waiter.state = "waiting"
      queue.push(waiter)
    })
    return Effect.onExitPrimitive(
      restore(turn),
      (exit) => Exit.isFailure(exit) ? Effect.sync(() => giveUp(waiter)) : undefined
    )
  }

  return {
    tryEnter: () => {
      if (active >= settings.size || queue.size > 0) return false
      active++
      return true
    },
    enter,
    leave,
    sweep: (nowMillis) => {
      const latest = nowMillis - Duration.toMillis(settings.maxWait)
      endWhile((waiter) =>
        waiter.since <= latest
          ? tally.timedOut(waiter.job, "waiting", "thread.queue.max_wait", settings.maxWait)
          : undefined
      )
    },
    stop: () => endWhile((waiter) => new PoolStopped({ job: waiter.job, begun: false })),
    idle,
    active: () => active,
    waiting: () => queue.size,
    waitingAt: (level) => queue.sizes[level] ?? 0
  }
}
