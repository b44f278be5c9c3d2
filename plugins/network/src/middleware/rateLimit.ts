/**
 * Answers 429 to clients that ask more often than they may. Who is asked for by `user` is known only behind the authentication: until
 * then a request is held against its address, and whoever never gets there pays by it.
 */
import type * as Context from "effect/Context"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Metric from "effect/Metric"
import type { NetworkConfig } from "../config.ts"
import { tooOften } from "../errors.ts"
import type { Tell } from "../internal/bursts.ts"
import type { Exchange, UserLimit } from "../internal/exchange.ts"
import { buckets } from "../internal/limiter/bucket.ts"
import { Clients } from "../internal/limiter/Clients.ts"
import { keyOf, type RouteOf } from "../internal/limiter/keys.ts"
import { Ranges } from "../internal/Ranges.ts"
import * as Metrics from "../metrics.ts"
import * as Problem from "../Problem.ts"
import type { Middleware } from "./Middleware.ts"

type Settings = NetworkConfig["rate_limit"]

const rateOf = ({ burst, requests_per_second }: Settings) => ({ perSecond: requests_per_second, burst })

/** More texts than this are made anew each time. */
const mostTexts = 10_000

/**
 * `RateLimit` and `RateLimit-Policy` as draft-ietf-httpapi-ratelimit-headers-10 has them: a quota of `burst` requests, which takes
 * `burst / requests_per_second` seconds to come back.
 */
const fieldsOf = ({ burst, requests_per_second }: Settings) => {
  const texts = Array.from<string | undefined>({ length: Math.min(burst, mostTexts) + 1 })
  const textOf = (left: number): string =>
    `"default";r=${Math.max(0, left)};t=${
      left < 0 ? Math.ceil(-left) : Math.ceil((burst - left) / requests_per_second)
    }`
  return {
    policy: `"default";q=${burst};w=${Math.ceil(burst / requests_per_second)}`,
    limit: (left: number): string => left < 0 || left >= texts.length ? textOf(left) : texts[left] ??= textOf(left)
  }
}

/** Everything that one version of the settings needs. */
const reading = (settings: Settings, routeOf: RouteOf) => ({
  settings,
  byUser: settings.key.includes("user"),
  exempt: new Ranges(settings.exempt),
  keyOf: keyOf(settings.key, routeOf),
  /** The counter of what is refused, by the key that it is refused by. */
  limited: Metric.withAttributes(Metrics.limited, { key: settings.key.join("+") }),
  ...fieldsOf(settings)
})

const clientsOf = (settings: Settings): Clients =>
  new Clients(buckets[settings.strategy], rateOf(settings), settings.max_keys)

/** Buckets mean nothing to another way of counting, or under other keys. */
const keeps = (before: Settings, next: Settings): boolean =>
  before.strategy === next.strategy && before.max_keys === next.max_keys &&
  before.key.join() === next.key.join()

const secondsOf = ({ startedAt }: Exchange): number => Number(startedAt) / 1e9

export interface Surroundings {
  readonly context: Context.Context<never>
  readonly routeOf: RouteOf
  readonly tell: Tell
}

/** Holds requests against the buckets of their clients. `config.rate_limit` may change meanwhile. */
class Limiter implements UserLimit {
  readonly #config: Pick<NetworkConfig, "rate_limit">
  readonly #routeOf: RouteOf
  readonly #context: Context.Context<never>
  readonly #tell: Tell
  #now: ReturnType<typeof reading>
  #clients: Clients

  constructor(config: Pick<NetworkConfig, "rate_limit">, { context, routeOf, tell }: Surroundings) {
    this.#config = config
    this.#routeOf = routeOf
    this.#context = context
    this.#tell = tell
    this.#now = reading(config.rate_limit, routeOf)
    this.#clients = clientsOf(config.rate_limit)
  }

  /** The settings of this moment with what follows from them. */
  current(): ReturnType<typeof reading> {
    return this.#config.rate_limit === this.#now.settings ? this.#now : this.#renew()
  }

  #renew(): ReturnType<typeof reading> {
    const before = this.#now.settings
    const { settings } = this.#now = reading(this.#config.rate_limit, this.#routeOf)
    if (keeps(before, settings)) this.#clients.rate = rateOf(settings)
    else this.#clients = clientsOf(settings)
    return this.#now
  }

  admit(exchange: Exchange): HttpServerResponse | undefined {
    const { byUser, exempt, keyOf, settings } = this.current()
    if (!settings.enabled || (!exempt.isEmpty && exempt.has(exchange.clientAddress))) return undefined
    const [key, at] = [keyOf(exchange), secondsOf(exchange)]
    if (!byUser) return this.#judged(exchange, this.#clients.take(key, at))
    exchange.userLimit = this
    return this.#judged(exchange, this.#clients.peek(key, at))
  }

  /** Behind the authentication. */
  admitUser(exchange: Exchange): number {
    exchange.userLimit = undefined
    exchange.quota = this.#clients.take(this.#now.keyOf(exchange), secondsOf(exchange))
    if (exchange.quota < 0) this.#refused(exchange)
    return exchange.quota
  }

  /** Whoever was never authenticated pays by the address. */
  settle(exchange: Exchange): void {
    if (exchange.userLimit !== undefined && exchange.quota >= 0) this.admitUser(exchange)
  }

  #judged(exchange: Exchange, left: number): HttpServerResponse | undefined {
    exchange.quota = left
    if (left >= 0) return undefined
    this.#refused(exchange)
    return Problem.toResponse(Problem.make({ code: "network.rate_limited", detail: tooOften(-left) }, exchange))
  }

  #refused({ clientAddress }: Exchange): void {
    const { limited, settings } = this.#now
    limited.updateUnsafe(1, this.#context)
    this.#tell(
      "rate_limit",
      `requests of ${clientAddress} are refused by network.rate_limit (${settings.requests_per_second} a second, ` +
        `key ${settings.key.join(", ")}).`
    )
  }
}

export const rateLimit = (config: Pick<NetworkConfig, "rate_limit">, surroundings: Surroundings): Middleware => {
  const limiter = new Limiter(config, surroundings)
  return {
    name: "rate limit",
    admit: (exchange) => limiter.admit(exchange),
    dress: ({ quota }, status, fields) => {
      if (Number.isNaN(quota)) return
      const { limit, policy, settings } = limiter.current()
      if (settings.headers) fields.push("ratelimit-policy", policy, "ratelimit", limit(quota))
      if (status === 429 && quota < 0) fields.push("retry-after", String(Math.ceil(-quota)))
    },
    end: (exchange) => limiter.settle(exchange)
  }
}
