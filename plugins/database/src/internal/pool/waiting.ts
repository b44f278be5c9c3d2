/** The wait for a session: bounded in number and in time. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { SqlError } from "effect/sql/SqlError"
import type { DatabaseConfig } from "../../config.ts"
import { PoolOverloaded, PoolTimedOut } from "../../errors.ts"
import { priorities, Priority } from "../../Priority.ts"
import { sentencesOf, told } from "./holders.ts"
import { holderOf, type Lease } from "./lease.ts"
import type { Waiter } from "./line.ts"
import { refused } from "./refused.ts"
import type { Sessions } from "./Sessions.ts"

type Pool = DatabaseConfig["connection_pool"]

/** How long a statement waits for a session. */
export const patienceOf = ({ acquire_timeout, connection_timeout }: Pool): Duration.Duration =>
  acquire_timeout ?? connection_timeout

/** One sentence for all who give up in the same moment, with those who kept the sessions from them. */
const timedOut = (sessions: Sessions, pool: Pool): SqlError =>
  refused(
    new PoolTimedOut({
      size: pool.max_size,
      waited: Duration.format(patienceOf(pool)),
      holders: sentencesOf(sessions.leases.first(told).map((lease) => holderOf(lease, sessions.now)))
    })
  )

/** One timer for the whole line: everybody waits equally long, so whoever asked first is the first to give up. */
const makeWatch = (sessions: Sessions, pool: Pool, run: (effect: Effect.Effect<void>) => unknown) => {
  const patience = Duration.toMillis(patienceOf(pool))
  let watching = false
  const leftOf = ({ askedAt }: Waiter): number => askedAt + patience - sessions.now
  const giveUp = () => {
    let error: SqlError | undefined
    for (let first = sessions.line.oldest(); first !== undefined; first = sessions.line.oldest()) {
      if (leftOf(first) > 0) return
      sessions.line.remove(first)
      first.resume(Effect.fail(error ??= timedOut(sessions, pool)))
    }
  }
  const loop = Effect.gen(function*() {
    for (let first = sessions.line.oldest(); first !== undefined; first = sessions.line.oldest()) {
      yield* Effect.sleep(leftOf(first))
      giveUp()
    }
  }).pipe(Effect.ensuring(Effect.sync(() => {
    watching = false
  })))
  return () => {
    if (watching) return
    watching = true
    run(loop)
  }
}

/** Succeeds when the lease has a session, or the place for one. */
export type Wait = (lease: Lease, fiber: Fiber.Fiber<unknown, unknown>) => Effect.Effect<void, SqlError>

export const make = (
  sessions: Sessions,
  pool: () => Pool,
  run: (effect: Effect.Effect<void>) => unknown
): Wait => {
  const watch = makeWatch(sessions, pool(), run)
  const { line } = sessions
  return (lease, fiber) =>
    Effect.callback<void, SqlError>((resume) => {
      const { max_size: size, max_waiting } = pool()
      if (sessions.closed) return resume(Effect.void)
      if (line.size >= max_waiting) {
        return resume(Effect.fail(refused(new PoolOverloaded({ size, waiting: line.size }))))
      }
      const level = priorities.indexOf(fiber.getRef(Priority))
      // Sessions that come free in one turn of the event loop go on together: writes one behind the other wake the server's processes
      // at less cost than writes between reads.
      const later = (turn: Effect.Effect<void, SqlError>) => fiber.currentDispatcher.scheduleTask(() => resume(turn), 0)
      const waiter: Waiter = { lease, level, askedAt: sessions.now, resume: later }
      line.add(waiter)
      watch()
      return Effect.sync(() => line.remove(waiter))
    })
}
