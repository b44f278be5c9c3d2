/**
 * Buckets elsewhere, for the processes of several machines. A request waits for it no longer than the settings say; what then
 * becomes of it is decided by whoever asked.
 */
import { HealthRegistry, Unhealthy } from "@heptad/common"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { NetworkConfig } from "../../config.ts"
import * as Metrics from "../../metrics.ts"
import type { Tell } from "../bursts.ts"
import type { Quota } from "./Quota.ts"

/** Why there is no answer. */
export type Silence = "away" | "timeout" | "failed"

export interface LimitStore {
  /** As `Bucket.take`; not a number where the store did not answer, which is counted and told here. */
  readonly take: (quota: Quota, key: string) => Effect.Effect<number>
}

/** A connection to buckets elsewhere, as it is at the moment. */
export interface Connection {
  /** Fails with the reason; never waits longer than `timeout`. */
  readonly take: (quota: Quota, key: string, timeout: Duration.Duration) => Effect.Effect<number, Silence>
  /** Why it cannot be asked; undefined when it can. */
  readonly problem: () => string | undefined
}

const words = {
  local: "the buckets of this process count instead",
  allow: "requests pass uncounted",
  deny: "requests are refused"
} as const

const register = Effect.fnUntraced(function*({ problem }: Connection, config: Pick<NetworkConfig, "rate_limit">) {
  const health = yield* HealthRegistry
  yield* health.register({
    name: "network_rate_limit_store",
    kind: "readiness",
    criticality: "degrading",
    interval: Duration.seconds(1),
    timeout: Duration.seconds(1),
    run: Effect.suspend(() => {
      const why = problem()
      if (why === undefined || !config.rate_limit.enabled) return Effect.void
      return Effect.fail(new Unhealthy({ reason: `${why}: ${words[config.rate_limit.redis.on_failure]}` }))
    })
  })
})

/** `config.rate_limit` may change meanwhile. */
const over = Effect.fnUntraced(function*(
  connection: Connection,
  config: Pick<NetworkConfig, "rate_limit">,
  tell: Tell
) {
  const context = yield* Effect.context<never>()
  yield* register(connection, config)
  const silent = (reason: Silence) =>
    Effect.sync(() => {
      Metric.withAttributes(Metrics.limitStoreFailures, { reason }).updateUnsafe(1, context)
      tell(
        "rate_limit_store",
        `the store of network.rate_limit does not answer (${connection.problem() ?? reason}); ` +
          `${words[config.rate_limit.redis.on_failure]}. Look at the server of network.rate_limit.redis.url.`
      )
      return Number.NaN
    })
  const store: LimitStore = {
    take: (quota, key) => Effect.catch(connection.take(quota, key, config.rate_limit.redis.timeout), silent)
  }
  return store
})

/** Undefined where the buckets are here. What it needs to reach others is loaded only then. */
export const make = Effect.fnUntraced(function*(config: Pick<NetworkConfig, "rate_limit">, tell: Tell) {
  if (config.rate_limit.store === "memory") return undefined
  const { connected } = yield* Effect.promise(() => import("./RedisBuckets.ts"))
  return yield* over(yield* connected(config), config, tell)
})
