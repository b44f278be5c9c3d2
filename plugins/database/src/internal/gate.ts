/** Who may use a session now: counts, a fair queue with a deadline, and a limit for the queue. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import { PoolOverloaded, PoolTimedOut } from "../errors.ts"

export interface Options {
  readonly size: number
  /** Asked whenever all places are taken. */
  readonly maxWaiting: () => number
  readonly patience: Duration.Duration
}

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

export interface Gate {
  readonly active: () => number
  readonly waiting: () => number
  /** Runs an effect that owns a place, and gives the place back however it ends. */
  readonly pass: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | SqlError, R>
  /** Takes a place or waits for one, for a caller that has masked interruption and calls `leave` later. */
  readonly enter: (restore: Restore) => Effect.Effect<void, SqlError>
  readonly leave: () => void
}

interface Waiter {
  readonly resume: (turn: Effect.Effect<void, SqlError>) => void
  readonly deadlineMillis: number
  /** The place was handed over; whoever sees this owns it, whatever else happened in that moment. */
  won: boolean
}

const refused = (cause: PoolTimedOut | PoolOverloaded): SqlError =>
  new SqlError({ reason: new ConnectionError({ cause, message: cause.message, operation: "acquire" }) })

/** One timer for the whole queue: everybody waits equally long, so the first in the queue is the first to give up. */
const makeWatch = Effect.fnUntraced(function*(waiters: Set<Waiter>, giveUp: SqlError) {
  const clock = yield* Clock.Clock
  const run = yield* FiberSet.makeRuntime<never>()
  let watching = false
  const loop = Effect.gen(function*() {
    for (let first = firstOf(waiters); first !== undefined; first = firstOf(waiters)) {
      const left = first.deadlineMillis - clock.currentTimeMillisUnsafe()
      if (left > 0) {
        yield* Effect.sleep(left)
      } else {
        waiters.delete(first)
        first.resume(Effect.fail(giveUp))
      }
    }
  }).pipe(Effect.ensuring(Effect.sync(() => {
    watching = false
  })))
  return () => {
    if (watching) return
    watching = true
    run(loop)
  }
})

const firstOf = (waiters: Set<Waiter>): Waiter | undefined => waiters.values().next().value

export const make = Effect.fnUntraced(function*({ maxWaiting, patience, size }: Options) {
  const clock = yield* Clock.Clock
  const waiters = new Set<Waiter>()
  const timedOut = refused(new PoolTimedOut({ size, waited: Duration.format(patience) }))
  const watch = yield* makeWatch(waiters, timedOut)
  let active = 0

  const leave = () => {
    const next = firstOf(waiters)
    if (next === undefined) {
      active--
      return
    }
    waiters.delete(next)
    next.won = true
    next.resume(Effect.void)
  }

  const wait = (restore: Restore): Effect.Effect<void, SqlError> => {
    let waiter: Waiter | undefined
    const turn = Effect.callback<void, SqlError>((resume) => {
      const deadlineMillis = clock.currentTimeMillisUnsafe() + Duration.toMillis(patience)
      const mine: Waiter = { resume, deadlineMillis, won: false }
      waiter = mine
      waiters.add(mine)
      watch()
      return Effect.sync(() => waiters.delete(mine))
    })
    return Effect.onInterrupt(restore(turn), () => Effect.sync(() => waiter?.won === true && leave()))
  }

  const overloaded = Effect.suspend(() => Effect.fail(refused(new PoolOverloaded({ size, waiting: waiters.size }))))

  const enter = (restore: Restore): Effect.Effect<void, SqlError> =>
    Effect.suspend(() => {
      if (active >= size) return waiters.size < maxWaiting() ? wait(restore) : overloaded
      active++
      return Effect.void
    })

  const left = () => Effect.sync(leave)

  const gate: Gate = {
    active: () => active,
    waiting: () => waiters.size,
    enter,
    leave,
    pass: (effect) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(enter(restore), () => Effect.onExit(restore(effect), left))
      )
  }
  return gate
})
