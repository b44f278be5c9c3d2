/** One connection to Redis, with Effect's RateLimiter on it. Only user of the client. */
import { createClient } from "@redis/client"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as RateLimiter from "effect/persistence/RateLimiter"
import * as Redis from "effect/persistence/Redis"

/** Longest wait for a connection and for its handshake. */
const connectMillis = 2000

/** More unanswered requests than this are not sent. */
const mostUnanswered = 10_000

/** While it is good. */
export interface Session {
  readonly limiter: RateLimiter.RateLimiter
  /** Ends it. */
  readonly end: () => void
  /** Answers in a row that did not come in time. */
  silent: number
}

const failed = (cause: unknown) => new Redis.RedisError({ cause })

/**
 * Open until the scope closes. Effect's own NodeRedis ends politely, and waits for ever where a server took the connection and
 * stands still; this one is torn down with whatever is unanswered.
 */
const opened = Effect.fnUntraced(function*(url: string) {
  const client = yield* Effect.acquireRelease(
    Effect.sync(() =>
      createClient({
        url,
        // A command without a connection fails at once, and a connection that is gone is this file's business.
        disableOfflineQueue: true,
        commandsQueueMaxLength: mostUnanswered,
        socket: { connectTimeout: connectMillis, reconnectStrategy: false }
      })
    ),
    (client) => Effect.sync(() => client.isOpen ? client.destroy() : undefined)
  )
  // Without a listener it would end the process; what it tells is seen by the end and by failed commands.
  client.on("error", () => {})
  yield* Effect.tryPromise({ try: () => client.connect(), catch: failed }).pipe(Effect.timeout(connectMillis))
  return client
})

const unsupported = Effect.die(new Error("the rate limit only sends commands"))

/** Effect's Redis over a client. */
const redisOf = (client: Effect.Success<ReturnType<typeof opened>>) =>
  Redis.make({
    send: <A>(command: string, ...args: ReadonlyArray<string>) =>
      Effect.tryPromise({ try: () => client.sendCommand<A>([command, ...args]), catch: failed }),
    subscribe: () => unsupported,
    connect: unsupported
  })

/** A connection as long as it lasts. Returns when it has ended; fails when there is none to be had. */
export const session = Effect.fnUntraced(function*(url: string, begun: (session: Session | undefined) => void) {
  const client = yield* opened(url)
  const store = yield* Effect.provideServiceEffect(
    RateLimiter.makeStoreRedis({ prefix: "" }),
    Redis.Redis,
    redisOf(client)
  )
  const limiter = yield* Effect.provideService(RateLimiter.make, RateLimiter.RateLimiterStore, store)
  const ended = yield* Latch.make()
  const end = () => ended.openUnsafe()
  client.on("end", end).on("error", end)
  begun({ limiter, end, silent: 0 })
  yield* Effect.ensuring(ended.await, Effect.sync(() => begun(undefined)))
}, Effect.scoped)
