/**
 * Buckets in Redis, by Effect's RateLimiter and its token bucket. One connection at a time: it is given up when it breaks or when
 * several answers in a row did not come in time, and made anew with growing pauses. Meanwhile whoever asks is told so at once. Loaded
 * only where `network.rate_limit.store` says redis.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import type * as RateLimiter from "effect/persistence/RateLimiter"
import * as Redacted from "effect/Redacted"
import type { NetworkConfig } from "../../config.ts"
import { digest } from "../digest.ts"
import type { Connection, Silence } from "./LimitStore.ts"
import type { Quota } from "./Quota.ts"
import { type Session, session } from "./redisSession.ts"

/** So many answers in a row that did not come in time, and the connection is given up. */
const mostSilent = 3

/** The start waits so long for the first connection, and then goes on without one. */
const patience = "1 second"

const firstPause = 100
const longestPause = 5000

type Settings = Pick<NetworkConfig, "rate_limit">

/** Seconds to wait of a client that asks too often, as a negative number; else the failure of the store. */
const exceeded = ({ reason }: RateLimiter.RateLimiterError): Effect.Effect<number, Silence> =>
  reason._tag === "RateLimitExceeded" ? Effect.succeed(-Duration.toSeconds(reason.retryAfter)) : Effect.fail("failed")

const consume = ({ limiter }: Session, { scope, terms }: Quota, key: string, prefix: string) =>
  limiter.consume({
    algorithm: "token-bucket",
    onExceeded: "fail",
    key: prefix + digest(`${scope}\n${key}`),
    limit: terms.burst,
    window: Duration.seconds(terms.burst / terms.requests_per_second)
  })

const pauseAfter = (failures: number): Duration.Duration =>
  Duration.millis(Math.min(longestPause, firstPause * 2 ** Math.min(failures, 10)))

const ask = (current: Session, quota: Quota, key: string, { prefix, timeout }: {
  readonly prefix: string
  readonly timeout: Duration.Duration
}) =>
  Effect.matchEffect(consume(current, quota, key, prefix), {
    onFailure: exceeded,
    onSuccess: ({ remaining }) => Effect.succeed(Math.floor(remaining))
  }).pipe(
    Effect.timeoutOrElse({
      duration: timeout,
      orElse: () => {
        if (++current.silent >= mostSilent) current.end()
        return Effect.fail<Silence>("timeout")
      }
    }),
    Effect.tap(() =>
      Effect.sync(() => {
        current.silent = 0
      })
    )
  )

/** Kept up until the scope closes. */
export const connected = Effect.fnUntraced(function*(settings: Settings) {
  const tried = yield* Latch.make()
  const url = Redacted.value(settings.rate_limit.redis.url)
  const { host } = new URL(url)
  let current: Session | undefined
  let failures = 0
  const begun = (given: Session | undefined) => {
    current = given
    if (given !== undefined) failures = 0
    tried.openUnsafe()
  }
  yield* Effect.exit(session(url, begun)).pipe(
    Effect.andThen(Effect.suspend(() => {
      tried.openUnsafe()
      return Effect.sleep(pauseAfter(failures++))
    })),
    Effect.forever,
    Effect.forkScoped
  )
  yield* Effect.timeoutOption(tried.await, patience)
  const connection: Connection = {
    problem: () => current === undefined ? `there is no connection to redis at ${host}` : undefined,
    take: (quota, key, timeout) =>
      Effect.suspend(() =>
        current === undefined
          ? Effect.fail<Silence>("away")
          : ask(current, quota, key, { prefix: settings.rate_limit.redis.prefix, timeout })
      )
  }
  return connection
})
