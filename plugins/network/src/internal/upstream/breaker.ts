/**
 * Pure: the circuit of one upstream. Effect's CircuitBreaker does not fit: it has one trip policy, by rate or by consecutive
 * failures, and both at once would be two circuits with two probes; its rate looks at the last calls however old they are,
 * not at a window of time; and it lets through one probe only. Time is milliseconds.
 */
import { RollingCounts } from "./rollingCounts.ts"

export interface BreakerPolicy {
  readonly enabled: boolean
  /** A fraction. */
  readonly failureRate: number
  readonly windowMillis: number
  readonly minimumRequests: number
  readonly consecutiveFailures: number
  readonly openMillis: number
  readonly maxOpenMillis: number
  readonly halfOpenRequests: number
}

export type BreakerState = "closed" | "open" | "half_open"

/** `ignored` says nothing about the upstream: the request was interrupted, or never made. */
export type Outcome = "success" | "failure" | "ignored"

export interface Transition {
  readonly from: BreakerState
  readonly to: BreakerState
  /** Why it opened. */
  readonly reason?: string
  /** How long it stays open. */
  readonly openMillis?: number
}

export type Admission =
  /** `round`: outcomes of requests that were let through before the last transition count no more. */
  | { readonly admitted: true; readonly round: number; readonly transition?: Transition }
  | { readonly admitted: false; readonly retryMillis: number }

const percent = (fraction: number): string => `${Math.round(fraction * 100)} %`

export class Breaker {
  readonly #policy: BreakerPolicy
  readonly #counts: RollingCounts
  #state: BreakerState = "closed"
  #round = 0
  #consecutive = 0
  /** Openings without a closed spell of the length of the last one between them. */
  #openings = 0
  #lastOpenMillis = 0
  #openUntil = 0
  #closedAt = 0
  /** Of half open: probes under way, and those that succeeded. */
  #probing = 0
  #passed = 0

  constructor(policy: BreakerPolicy) {
    this.#policy = policy
    this.#counts = new RollingCounts(policy.windowMillis)
  }

  get state(): BreakerState {
    return this.#state
  }

  /** How long it will stay open; 0 when it is not. */
  readonly openFor = (now: number): number => this.#state === "open" ? Math.max(0, this.#openUntil - now) : 0

  readonly #to = (to: BreakerState, more: Omit<Transition, "from" | "to"> = {}): Transition => {
    const transition = { from: this.#state, to, ...more }
    this.#state = to
    this.#round++
    this.#consecutive = this.#probing = this.#passed = 0
    this.#counts.clear()
    return transition
  }

  readonly #open = (now: number, reason: string): Transition => {
    const calm = this.#state === "closed" && now - this.#closedAt >= this.#lastOpenMillis
    this.#openings = calm ? 1 : this.#openings + 1
    const { maxOpenMillis, openMillis } = this.#policy
    this.#lastOpenMillis = Math.min(
      openMillis * 2 ** Math.min(this.#openings - 1, 30),
      Math.max(maxOpenMillis, openMillis)
    )
    this.#openUntil = now + this.#lastOpenMillis
    return this.#to("open", { reason, openMillis: this.#lastOpenMillis })
  }

  readonly #close = (now: number): Transition => {
    this.#closedAt = now
    return this.#to("closed")
  }

  readonly #probe = (transition?: Transition): Admission => {
    this.#probing++
    return { admitted: true, round: this.#round, ...(transition === undefined ? {} : { transition }) }
  }

  readonly admit = (now: number): Admission => {
    if (this.#state === "closed") return { admitted: true, round: this.#round }
    if (this.#state === "open") {
      return now < this.#openUntil
        ? { admitted: false, retryMillis: this.#openUntil - now }
        : this.#probe(this.#to("half_open"))
    }
    return this.#probing + this.#passed < this.#policy.halfOpenRequests
      ? this.#probe()
      : { admitted: false, retryMillis: 0 }
  }

  /** Why what was counted opens the circuit. */
  readonly #verdict = (now: number): string | undefined => {
    const { consecutiveFailures, failureRate, minimumRequests } = this.#policy
    if (this.#consecutive >= consecutiveFailures) return `${this.#consecutive} failures in a row`
    const { first: successes, second: failures } = this.#counts.sums(now)
    const all = successes + failures
    return all >= minimumRequests && failures > 0 && failures / all >= failureRate
      ? `${percent(failures / all)} of ${all} requests failed`
      : undefined
  }

  readonly #closed = (outcome: Outcome, now: number): Transition | undefined => {
    if (outcome === "ignored") return undefined
    if (outcome === "success") {
      this.#counts.add(now, 1, 0)
      this.#consecutive = 0
      return undefined
    }
    this.#counts.add(now, 0, 1)
    this.#consecutive++
    const reason = this.#verdict(now)
    return reason === undefined ? undefined : this.#open(now, reason)
  }

  readonly #halfOpen = (outcome: Outcome, now: number): Transition | undefined => {
    this.#probing--
    if (outcome === "ignored") return undefined
    if (outcome === "failure") return this.#open(now, "a probe failed")
    this.#passed++
    return this.#passed >= this.#policy.halfOpenRequests ? this.#close(now) : undefined
  }

  readonly record = (round: number, outcome: Outcome, now: number): Transition | undefined => {
    if (!this.#policy.enabled || round !== this.#round) return undefined
    return this.#state === "half_open" ? this.#halfOpen(outcome, now) : this.#closed(outcome, now)
  }
}
