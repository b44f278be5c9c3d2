/** Holds requests against the buckets of their clients, here or elsewhere, by the settings of the moment. */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Metric from "effect/Metric"
import type { NetworkConfig } from "../../config.ts"
import { tooOften } from "../../errors.ts"
import * as Metrics from "../../metrics.ts"
import * as Problem from "../../Problem.ts"
import type { Tell } from "../bursts.ts"
import type { Exchange, UserLimit } from "../exchange.ts"
import { Ranges } from "../Ranges.ts"
import { keyOf, type RouteOf } from "./keys.ts"
import type { LimitStore } from "./LimitStore.ts"
import type { Quota } from "./Quota.ts"
import { Rules } from "./Rules.ts"
import type { Sharing } from "./sharing.ts"

type Settings = NetworkConfig["rate_limit"]

/** Everything that one version of the settings needs. */
const reading = (settings: Settings, routeOf: RouteOf) => ({
  settings,
  byUser: settings.key.includes("user"),
  exempt: new Ranges(settings.exempt),
  keyOf: keyOf(settings.key, routeOf),
  /** The counter of what is refused, by the key that it is refused by. */
  limited: Metric.withAttributes(Metrics.limited, { key: settings.key.join("+") })
})

const secondsOf = ({ startedAt }: Exchange): number => Number(startedAt) / 1e9

export interface Surroundings {
  readonly context: Context.Context<never>
  readonly routeOf: RouteOf
  /** Absent where the buckets are here. */
  readonly limitStore: LimitStore | undefined
  /** Absent where this process is alone. */
  readonly sharing: Sharing | undefined
  readonly tell: Tell
}

/** `config.rate_limit` may change meanwhile. */
export class Limiter implements UserLimit {
  readonly #config: Pick<NetworkConfig, "rate_limit">
  readonly #surroundings: Surroundings
  readonly #run: (effect: Effect.Effect<void>) => unknown
  #now: ReturnType<typeof reading>
  #rules: Rules

  constructor(config: Pick<NetworkConfig, "rate_limit">, surroundings: Surroundings) {
    this.#config = config
    this.#surroundings = surroundings
    this.#run = Effect.runForkWith(surroundings.context)
    this.#now = reading(config.rate_limit, surroundings.routeOf)
    this.#rules = this.#rulesOf(undefined)
    surroundings.sharing?.attach(() => {
      this.#current()
      return this.#rules.all
    })
  }

  get headers(): boolean {
    return this.#now.settings.headers
  }

  #current(): ReturnType<typeof reading> {
    if (this.#config.rate_limit === this.#now.settings) return this.#now
    for (const { untold } of this.#rules.all) untold?.flush()
    this.#now = reading(this.#config.rate_limit, this.#surroundings.routeOf)
    this.#rules = this.#rulesOf(this.#rules)
    return this.#now
  }

  #rulesOf(before: Rules | undefined): Rules {
    const { context, routeOf, sharing } = this.#surroundings
    const evicted = () => Metrics.limitEvictions.updateUnsafe(1, context)
    return new Rules(this.#now.settings, routeOf, { evicted, bell: sharing?.bell }, before)
  }

  #isHeld(exchange: Exchange): boolean {
    const { exempt, settings } = this.#current()
    return settings.enabled && (exempt.isEmpty || !exempt.has(exchange.clientAddress))
  }

  admit(exchange: Exchange): HttpServerResponse | undefined {
    if (!this.#isHeld(exchange)) return undefined
    const { byUser, keyOf } = this.#now
    const [quota, key, at] = [this.#holding(exchange), keyOf(exchange), secondsOf(exchange)]
    if (!byUser) return this.#judged(exchange, quota.take(key, at))
    exchange.userLimit = this
    return this.#judged(exchange, quota.clients.peek(key, at))
  }

  /** The same where the buckets are elsewhere. */
  ask(exchange: Exchange, store: LimitStore, then: (refusal: HttpServerResponse | undefined) => void): void {
    if (!this.#isHeld(exchange)) return then(undefined)
    this.#run(Effect.map(this.#askFor(exchange, store), (left) => then(this.#judged(exchange, left))))
  }

  #askFor(exchange: Exchange, store: LimitStore): Effect.Effect<number> {
    const [quota, key] = [this.#holding(exchange), this.#now.keyOf(exchange)]
    return Effect.map(store.take(quota, key), (left) => Number.isNaN(left) ? this.#alone(quota, key, exchange) : left)
  }

  /** The store said nothing. */
  #alone(quota: Quota, key: string, exchange: Exchange): number {
    const { redis: { on_failure } } = this.#now.settings
    if (on_failure === "local") return quota.take(key, secondsOf(exchange))
    return on_failure === "deny" ? -1 : Number.NaN
  }

  /** Behind the authentication. */
  admitUser(exchange: Exchange): number | Effect.Effect<number> {
    exchange.userLimit = undefined
    const { limitStore } = this.#surroundings
    const said = (left: number) => {
      exchange.quota = left
      if (left < 0) this.#refused(exchange)
      return left
    }
    return limitStore === undefined
      ? said(this.#takeHere(exchange))
      : Effect.map(this.#askFor(exchange, limitStore), said)
  }

  /** Whoever was never authenticated pays by the address, here. */
  settle(exchange: Exchange): void {
    if (exchange.userLimit === undefined || exchange.quota < 0) return
    exchange.userLimit = undefined
    exchange.quota = this.#takeHere(exchange)
    if (exchange.quota < 0) this.#refused(exchange)
  }

  #takeHere(exchange: Exchange): number {
    return this.#holding(exchange).take(this.#now.keyOf(exchange), secondsOf(exchange))
  }

  /** The limit of its route. */
  #holding(exchange: Exchange): Quota {
    return exchange.heldBy ??= this.#rules.of(exchange)
  }

  #judged(exchange: Exchange, left: number): HttpServerResponse | undefined {
    exchange.quota = left
    // Not a number where nobody counted.
    if (!(left < 0)) return undefined
    this.#refused(exchange)
    return Problem.toResponse(Problem.make({ code: "network.rate_limited", detail: tooOften(-left) }, exchange))
  }

  #refused({ clientAddress }: Exchange): void {
    const { limited, settings } = this.#now
    limited.updateUnsafe(1, this.#surroundings.context)
    this.#surroundings.tell(
      "rate_limit",
      `requests of ${clientAddress} are refused by network.rate_limit (${
        Number(settings.requests_per_second.toPrecision(3))
      } a second, ` +
        `key ${settings.key.join(", ")}).`
    )
  }
}
