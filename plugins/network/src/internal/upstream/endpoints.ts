/**
 * Pure: the endpoints of one upstream, and who of them gets requests. An endpoint is out while probes fail (active), and for
 * a while after requests failed (passive). When nobody is left all are asked: a faulty health check must not be an outage.
 * Time is milliseconds.
 */
import type { Strategy } from "../../config/loadBalancing.ts"
import { pick } from "./balancer.ts"

export interface EndpointsPolicy {
  readonly strategy: typeof Strategy.Type
  readonly unhealthyThreshold: number
  readonly healthyThreshold: number
  readonly ejection: {
    readonly enabled: boolean
    readonly consecutiveFailures: number
    readonly millis: number
    readonly maxMillis: number
    /** A fraction. */
    readonly maxShare: number
  }
}

export class Endpoint {
  readonly url: string
  inFlight = 0
  /** What probes say; good until they say otherwise. */
  healthy = true
  ejectedUntil: number | undefined
  /** Of requests, and of probes. */
  failures = 0
  probes = 0
  /** Ejections without a time of the length of the last one between them. */
  ejections = 0
  ejectedMillis = 0

  constructor(url: string) {
    this.url = url
  }

  get usable(): boolean {
    return this.healthy && this.ejectedUntil === undefined
  }
}

export type EndpointChange = "healthy" | "unhealthy" | "ejected" | "returned"

export class Endpoints {
  readonly all: ReadonlyArray<Endpoint>
  readonly #policy: EndpointsPolicy
  #usable: ReadonlyArray<Endpoint>
  #turn = 0

  constructor(urls: ReadonlyArray<string>, policy: EndpointsPolicy) {
    this.#policy = policy
    this.all = urls.map((url) => new Endpoint(url))
    this.#usable = this.all
  }

  get usable(): ReadonlyArray<Endpoint> {
    return this.#usable
  }

  readonly #changed = <A extends EndpointChange>(change: A): A => {
    this.#usable = this.all.filter(({ usable }) => usable)
    return change
  }

  /**
   * An endpoint that this request has not tried yet, where there is one. Only first tries take a turn: otherwise the retry
   * that follows each failure would bring the next request to the bad endpoint again.
   */
  readonly pick = (key: string | undefined, tried: ReadonlySet<Endpoint>): Endpoint | undefined => {
    const candidates = this.#usable.length === 0 ? this.all : this.#usable
    const fresh = tried.size === 0 ? candidates : candidates.filter((endpoint) => !tried.has(endpoint))
    const turn = tried.size === 0 ? this.#turn++ : this.#turn
    return pick(this.#policy.strategy, fresh.length === 0 ? candidates : fresh, turn, key)
  }

  /** What a probe said. Counts against the present state only, so that one good answer ends a row of bad ones. */
  readonly probed = (endpoint: Endpoint, passed: boolean): EndpointChange | undefined => {
    if (passed === endpoint.healthy) {
      endpoint.probes = 0
      return undefined
    }
    const { healthyThreshold, unhealthyThreshold } = this.#policy
    if (++endpoint.probes < (passed ? healthyThreshold : unhealthyThreshold)) return undefined
    endpoint.probes = 0
    endpoint.healthy = passed
    return this.#changed(passed ? "healthy" : "unhealthy")
  }

  readonly #mayEject = (): boolean => {
    const out = this.all.filter(({ ejectedUntil }) => ejectedUntil !== undefined).length
    return (out + 1) / this.all.length <= this.#policy.ejection.maxShare
  }

  readonly #eject = (endpoint: Endpoint, now: number, lastReturn: number): EndpointChange => {
    const { maxMillis, millis } = this.#policy.ejection
    const calm = now - lastReturn >= endpoint.ejectedMillis
    endpoint.ejections = calm ? 1 : endpoint.ejections + 1
    endpoint.ejectedMillis = Math.min(millis * endpoint.ejections, Math.max(millis, maxMillis))
    endpoint.ejectedUntil = now + endpoint.ejectedMillis
    endpoint.failures = 0
    return this.#changed("ejected")
  }

  readonly #returns = new Map<Endpoint, number>()

  /** What a request showed. */
  readonly answered = (endpoint: Endpoint, failed: boolean, now: number): EndpointChange | undefined => {
    endpoint.failures = failed ? endpoint.failures + 1 : 0
    const { consecutiveFailures, enabled } = this.#policy.ejection
    const eject = enabled && endpoint.ejectedUntil === undefined && endpoint.failures >= consecutiveFailures
    return eject && this.#mayEject() ? this.#eject(endpoint, now, this.#returns.get(endpoint) ?? -Infinity) : undefined
  }

  /** Its time out is over. */
  readonly returned = (endpoint: Endpoint, now: number): EndpointChange => {
    endpoint.ejectedUntil = undefined
    this.#returns.set(endpoint, now)
    return this.#changed("returned")
  }
}
