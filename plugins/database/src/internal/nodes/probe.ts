/** Asks one server about itself, on a session of its own: the answer must not depend on how busy our sessions are. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import { configOf, open, type Target } from "../PgSession.ts"
import { positionOf, question, type Report, toReport } from "./report.ts"

export const patience = Duration.seconds(2)

const session = (target: Target) =>
  open(configOf(target, { applicationName: "heptad-health", connectTimeout: patience }))

const silent = new SqlError({
  reason: new ConnectionError({
    cause: new Error("no answer"),
    message: "no answer to a health check: Connection timed out",
    operation: "connect"
  })
})

export const probe = (target: Target): Effect.Effect<Report, SqlError> =>
  session(target).pipe(
    Effect.flatMap((each) => each.queryValues(question, [], false)),
    Effect.map(([row = []]) => toReport(row)),
    Effect.scoped,
    Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.fail(silent) })
  )

/** How long a replica that is behind is watched in one look. */
const watched = Duration.millis(500)

/** Whether the replica replays up to a position soon. */
export const reaches = (target: Target, position: bigint): Effect.Effect<boolean> =>
  session(target).pipe(
    Effect.flatMap((each) =>
      Effect.repeat(each.queryValues("SELECT pg_last_wal_replay_lsn()::text", [], false), {
        until: ([row]) => positionOf(row?.[0]) >= position,
        schedule: Schedule.spaced("20 millis")
      })
    ),
    Effect.scoped,
    Effect.timeout(watched),
    Effect.isSuccess
  )
