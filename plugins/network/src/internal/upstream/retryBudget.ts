/**
 * Pure: how many retries an upstream may see. Of the last ten seconds a share of the requests may be retries, and a few per
 * second beside it: when everything fails, an outage is made larger by that share and not by the number of tries.
 */
import { RollingCounts } from "./rollingCounts.ts"

const windowSeconds = 10

export class RetryBudget {
  readonly #ratio: number
  readonly #reserve: number
  readonly #counts = new RollingCounts(windowSeconds * 1000)

  constructor({ min_per_second, ratio }: { readonly ratio: number; readonly min_per_second: number }) {
    this.#ratio = ratio
    this.#reserve = min_per_second * windowSeconds
  }

  readonly request = (now: number): void => this.#counts.add(now, 1, 0)

  /** Whether one more retry is allowed; it is counted when it is. */
  readonly retry = (now: number): boolean => {
    const { first: requests, second: retries } = this.#counts.sums(now)
    const allowed = retries + 1 <= requests * this.#ratio + this.#reserve
    if (allowed) this.#counts.add(now, 0, 1)
    return allowed
  }
}
