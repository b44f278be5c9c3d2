/** Meets a server for the first time: waits for it, learns its version. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { SqlError } from "effect/sql/SqlError"
import { configOf, gotNoAnswer, mayComeUp, open, type Target, unavailable } from "./PgSession.ts"

/** Shown in pg_stat_activity. */
export const applicationName = "heptad"

export interface Server {
  readonly target: Target
  readonly version: string
  /** As `server_version_num`, for example 180004. */
  readonly versionNumber: number
}

const askVersion = Effect.fnUntraced(function*(target: Target, connectTimeout: Duration.Duration) {
  const session = yield* open(configOf(target, { applicationName, connectTimeout }))
  const rows = yield* session.queryValues(
    "SELECT current_setting('server_version'), current_setting('server_version_num')"
  )
  const [version, number] = rows[0] ?? []
  return { target, version: String(version).split(" ")[0] ?? "", versionNumber: Number(number) }
}, Effect.scoped)

/**
 * Waits for a server that is still coming up, at most the connection timeout; a refusal by the server is told at once.
 * The last attempt is often cut by the deadline: then the one before it knows the reason.
 */
export const meet = Effect.fnUntraced(function*(target: Target, deadline: Duration.Duration) {
  const startedAt = yield* Clock.currentTimeMillis
  const left = (now: number) => Duration.millis(Math.max(1, startedAt + Duration.toMillis(deadline) - now))
  let reason: SqlError | undefined
  const attempt = Effect.flatMap(Clock.currentTimeMillis, (now) => askVersion(target, left(now))).pipe(
    Effect.tapError((error) =>
      Effect.sync(() => {
        if (reason === undefined || !gotNoAnswer(error)) reason = error
      })
    )
  )
  return yield* attempt.pipe(
    Effect.retry({ while: mayComeUp, schedule: Schedule.upTo(Schedule.spaced("50 millis"), { duration: deadline }) }),
    Effect.mapError((error) => unavailable(target, reason ?? error, mayComeUp(error) ? deadline : undefined))
  )
})
