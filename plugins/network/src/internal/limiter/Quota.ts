/**
 * One limit with what follows from it: the buckets of its clients, what is told the other processes, and the texts of its header fields,
 * which are those of draft-ietf-httpapi-ratelimit-headers-10.
 */
import type { NetworkConfig } from "../../config.ts"
import { buckets } from "./bucket.ts"
import { Clients } from "./Clients.ts"
import { type Bell, Untold } from "./Untold.ts"

type Settings = NetworkConfig["rate_limit"]

/** Texts of more requests than this are made anew each time. */
const mostTexts = 10_000

/** What a client may ask; `name` tells it from the other limits. */
export type Terms = Pick<Settings, "burst" | "requests_per_second"> & { readonly name: string }

/** How requests are counted. */
export type Counting = Pick<Settings, "key" | "max_keys" | "strategy">

export interface Surroundings {
  /** A client was forgotten that still had a debt. */
  readonly evicted: () => void
  /** Absent where this process is alone. */
  readonly bell: Bell | undefined
}

/** A client that takes a quarter of its burst within one pause is told of sooner; a few requests are not worth a message. */
const urgentOf = ({ burst }: Terms): number => Math.max(8, Math.ceil(burst / 4))

/** Buckets mean nothing to another way of counting, or under other keys. */
const keeps = (before: Counting, next: Counting): boolean =>
  before.strategy === next.strategy && before.max_keys === next.max_keys && before.key.join() === next.key.join()

export class Quota {
  readonly terms: Terms
  readonly counting: Counting
  readonly clients: Clients
  /** Which limit this is for other processes. */
  readonly scope: string
  /** `RateLimit-Policy`: `burst` requests come back within `w` seconds. */
  readonly policy: string
  readonly untold: Untold | undefined
  readonly #texts: Array<string | undefined>

  /** `before`: the one of the settings before, whose clients keep their debts where they can. */
  constructor(terms: Terms, counting: Counting, { bell, evicted }: Surroundings, before?: Quota) {
    const { burst, name, requests_per_second } = terms
    const rate = { perSecond: requests_per_second, burst }
    this.terms = terms
    this.counting = counting
    this.clients = before !== undefined && keeps(before.counting, counting)
      ? before.clients
      : new Clients(buckets[counting.strategy], rate, counting.max_keys, evicted)
    this.clients.rate = rate
    this.scope = `${name}\n${counting.key.join()}`
    this.policy = `"${name}";q=${burst};w=${Math.ceil(burst / requests_per_second)}`
    this.untold = bell === undefined ? undefined : new Untold(this.scope, urgentOf(terms), bell)
    this.#texts = Array.from({ length: Math.min(burst, mostTexts) + 1 })
  }

  /** See `Bucket.take`. */
  take(key: string, now: number): number {
    const left = this.clients.take(key, now)
    if (left >= 0 && this.untold !== undefined) this.untold.add(key)
    return left
  }

  /** `RateLimit`, for what `take` has answered. */
  limit(left: number): string {
    const texts = this.#texts
    return left < 0 || left >= texts.length ? this.#textOf(left) : texts[left] ??= this.#textOf(left)
  }

  /** `t` is the time until one more fits, not until all do. */
  #textOf(left: number): string {
    const { name, requests_per_second } = this.terms
    return `"${name}";r=${Math.max(0, left)};t=${Math.ceil(left < 0 ? -left : 1 / requests_per_second)}`
  }
}
