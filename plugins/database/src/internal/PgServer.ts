/** Meets a server for the first time: waits for it, learns its version. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import { DatabaseUnavailable } from "../errors.ts"
import { configOf, gotNoAnswer, mayComeUp, open, type Target, unavailable } from "./PgSession.ts"

/** Shown in pg_stat_activity. */
export const applicationName = "heptad"

export interface Server {
  readonly target: Target
  readonly version: string
  /** As `server_version_num`, for example 180004. */
  readonly versionNumber: number
}

/** Some let everybody in and never say another word. */
const unanswered = new SqlError({
  reason: new ConnectionError({
    cause: new Error("no answer"),
    message: "no answer to a question for its version: Connection timed out",
    operation: "connect"
  })
})

const askVersion = Effect.fnUntraced(
  function*(target: Target, connectTimeout: Duration.Duration) {
    const session = yield* open(configOf(target, { applicationName, connectTimeout }))
    const rows = yield* session.queryValues(
      "SELECT current_setting('server_version'), current_setting('server_version_num')"
    )
    const [version, number] = rows[0] ?? []
    return { target, version: String(version).split(" ")[0] ?? "", versionNumber: Number(number) }
  },
  Effect.scoped,
  // Its end is not waited for: the driver would ask the silent server to cancel first.
  (asked, _, duration) =>
    Effect.flatMap(Effect.forkDetach(asked), (fiber) =>
      Fiber.join(fiber).pipe(
        Effect.timeoutOrElse({ duration, orElse: () => Effect.fail(unanswered) }),
        Effect.ensuring(Effect.forkDetach(Fiber.interrupt(fiber)))
      ))
)

/** The oldest major version that its makers still mended when this was written. */
const oldest = 14

const refuseOld = ({ target: { host, port }, version, versionNumber }: Server) =>
  versionNumber >= oldest * 10_000 ? Effect.void : Effect.fail(
    new DatabaseUnavailable({
      host,
      port,
      reason: `it is version ${version}, and ${oldest} is the oldest that is supported`,
      remedy: "Upgrade the server, or name another one (DB_PRIMARY_HOST)."
    })
  )

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
    Effect.mapError((error) => unavailable(target, reason ?? error, mayComeUp(error) ? deadline : undefined)),
    Effect.tap(refuseOld)
  )
})
