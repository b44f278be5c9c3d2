/** What a lease has to do before it has a session that works: wait, check it, open it. */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { SqlError } from "effect/sql/SqlError"
import { PoolClosed } from "../../errors.ts"
import type { Observer } from "../MeasuredConnection.ts"
import type { Lease } from "./lease.ts"
import type { Opening } from "./opening.ts"
import { refused } from "./refused.ts"
import * as Session from "./session.ts"
import type { Sessions } from "./Sessions.ts"
import type { Wait } from "./waiting.ts"

export type Acquire = (lease: Lease, fiber: Fiber.Fiber<unknown, unknown>) => Effect.Effect<void, SqlError>

/** The session of a lease that has one. */
export const sessionOf = (lease: Lease): Effect.Effect<Session.Session> =>
  Effect.suspend(() =>
    lease.session === undefined ? Effect.die("a lease without a session") : Effect.succeed(lease.session)
  )

export const make = (sessions: Sessions, { again }: Pick<Opening, "again">, wait: Wait, { failed }: Observer) => {
  /** Failures before there was a session; those of statements are counted by the session. */
  const counted = <A>(effect: Effect.Effect<A, SqlError>) => Effect.tapError(effect, failed)

  const prepare = Effect.fnUntraced(function*(lease: Lease) {
    if (sessions.closed) return yield* refused(new PoolClosed())
    if (lease.task === "check" && lease.session !== undefined) {
      if (yield* Session.check(lease.session)) sessions.checked(lease)
      else sessions.dead(lease)
    }
    if (lease.task === "open") yield* again((session) => sessions.opened(lease, session))
  }, counted)

  const prepared = (lease: Lease): Effect.Effect<void, SqlError> =>
    Effect.suspend(() => lease.task === "nothing" && lease.session !== undefined ? Effect.void : prepare(lease))

  const waited: Acquire = (lease, fiber) => Effect.andThen(counted(wait(lease, fiber)), prepared(lease))

  return { prepared, waited }
}
