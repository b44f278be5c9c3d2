/** Listens to a channel for as long as somebody reads, on one session after the other. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import type { DatabaseConfig } from "../../config.ts"
import type { ChannelEvent, Database } from "../../Database.ts"
import type { DatabaseUnavailable } from "../../errors.ts"
import { reasonOf } from "../PgSession.ts"
import { jittered, pauseOf } from "./retries.ts"

/** More attempts do not make the pause longer. */
const longest = 30

export const make = (
  current: { readonly config: DatabaseConfig },
  listen: Database["Service"]["listen"]
): Database["Service"]["notifications"] =>
(channel) =>
  Stream.suspend(() => {
    let reason: string | undefined
    let failures = 0

    /** The gap is told when the next session listens: what is read after that misses nothing. */
    const gap = (): Stream.Stream<ChannelEvent> => {
      const told: Stream.Stream<ChannelEvent> = reason === undefined
        ? Stream.empty
        : Stream.make({ _tag: "Gap", channel, reason })
      reason = undefined
      failures = 0
      return told
    }

    const session = Stream.unwrap(Effect.map(listen(channel), (queue) =>
      Stream.concat(
        Stream.suspend(gap),
        Stream.map(Stream.fromQueue(queue), ({ payload }): ChannelEvent => ({ _tag: "Notification", channel, payload }))
      )))

    const lost = (error: DatabaseUnavailable | SqlError) => {
      const first = reason === undefined
      reason = error._tag === "SqlError" ? `${reasonOf(error)}.` : error.message
      return first
        ? Effect.logWarning(`database channel "${channel}" is not listened to: ${reason} Trying again`)
        : Effect.void
    }

    const pause = Schedule.modifyDelay(
      Schedule.forever,
      () => jittered(pauseOf(current.config, Math.min(failures++, longest)))
    )
    return Stream.retry(Stream.tapError(session, lost), pause)
  }).pipe(Stream.orDie)
