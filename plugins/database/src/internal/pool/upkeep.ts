/** What the pool does by itself: closes what is idle for too long or too old, keeps `min_size` open, tells who holds a session for too long. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type * as Scope from "effect/Scope"
import type { SqlError } from "effect/sql/SqlError"
import type { DatabaseConfig } from "../../config.ts"
import * as Metrics from "../../metrics.ts"
import { sentencesOf, told } from "./holders.ts"
import { holderOf, type Lease } from "./lease.ts"
import type { Session } from "./session.ts"
import type { Sessions } from "./Sessions.ts"

interface Current {
  readonly config: DatabaseConfig
}

/** Half of the shortest time that is kept here, so that nothing is late by more than that. */
const intervalOf = ({ connection_pool: pool }: DatabaseConfig): Duration.Duration => {
  const kept = [pool.leak_warning, pool.idle_timeout, pool.max_lifetime].map(Duration.toMillis).filter((each) =>
    each > 0
  )
  return Duration.millis(Math.min(1000, Math.max(10, Math.min(...kept) / 2)))
}

/** Those that nobody was told of yet; the list has the oldest first. */
const leaking = ({ leases, now }: Sessions, threshold: number): ReadonlyArray<Lease> => {
  const found: Array<Lease> = []
  for (let lease = leases.oldest; lease !== undefined && now - lease.since >= threshold; lease = lease.newer) {
    if (!lease.warned) found.push(lease)
  }
  return found
}

const warning = (leaks: ReadonlyArray<Lease>, threshold: Duration.Duration, now: number): string => {
  const more = leaks.length > told ? `; and ${leaks.length - told} more` : ""
  return `${
    leaks.length === 1 ? "A database session is" : `${leaks.length} database sessions are`
  } held for longer than ` +
    `${Duration.format(threshold)}: ${sentencesOf(leaks.slice(0, told).map((each) => holderOf(each, now)))}${more}. ` +
    `Look there for a scope that stays open, or raise database.connection_pool.leak_warning.`
}

const tellLeaks = (sessions: Sessions, threshold: Duration.Duration) =>
  Effect.suspend(() => {
    const leaks = Duration.isZero(threshold) ? [] : leaking(sessions, Duration.toMillis(threshold))
    if (leaks.length === 0) return Effect.void
    for (const lease of leaks) lease.warned = true
    sessions.leaks += leaks.length
    return Effect.andThen(
      Metric.update(Metrics.poolLeaks, leaks.length),
      Effect.logWarning(warning(leaks, threshold, sessions.now))
    )
  })

const closeIdle = (
  sessions: Sessions,
  { idle_timeout, max_size, min_size }: DatabaseConfig["connection_pool"]
): void => {
  const before = sessions.now - Duration.toMillis(idle_timeout)
  let spare = sessions.count - Math.min(min_size, max_size)
  sessions.sweep(({ usedAt }) => usedAt <= before && spare-- > 0)
}

const look = (current: Current, sessions: Sessions) =>
  Effect.suspend(() => {
    const { connection_pool } = current.config
    closeIdle(sessions, connection_pool)
    return tellLeaks(sessions, connection_pool.leak_warning)
  })

type Open = (got: (session: Session) => void) => Effect.Effect<void, SqlError>

/** Opens what lacks to `min_size`, one after the other. */
const fill = (current: Current, sessions: Sessions, open: Open): Effect.Effect<void, SqlError> =>
  Effect.suspend(() => {
    const { max_size, min_size } = current.config.connection_pool
    if (sessions.count >= Math.min(min_size, max_size) || !sessions.takePlace()) return Effect.void
    const one = open((session) => sessions.admit(session))
    return Effect.andThen(
      Effect.onError(one, () => Effect.sync(() => sessions.givePlace())),
      fill(current, sessions, open)
    )
  })

/** A server that is not there is asked again without hurry: whoever needs a session asks by himself. */
const whenGone = Duration.seconds(5)

/** Runs until the scope closes. */
export const start = Effect.fnUntraced(function*(
  current: Current,
  sessions: Sessions,
  open: Open
): Effect.fn.Return<void, never, Scope.Scope> {
  const pause = Effect.suspend(() => Effect.sleep(intervalOf(current.config)))
  const filled = Effect.catch(
    fill(current, sessions, open),
    (error) => Effect.andThen(Effect.logDebug(`no session to keep open: ${error.message}`), Effect.sleep(whenGone))
  )
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(pause, look(current, sessions))))
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(filled, pause)))
})
