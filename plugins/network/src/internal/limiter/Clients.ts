/**
 * The buckets of all clients of this process, in bounded memory however many come: where there is no room, the one of a few that
 * loses least makes place for the next.
 */
import { copyOf } from "../remembered.ts"
import type { Bucket, Rate } from "./bucket.ts"

/** How many are looked at for one that makes place. */
const candidates = 8

/** The table begins small and doubles: most servers have few clients. */
const first = 256

export class Clients {
  rate: Rate
  readonly #bucket: Bucket
  readonly #most: number
  readonly #evicted: () => void
  readonly #places = new Map<string, number>()
  readonly #keys: Array<string> = []
  #cells: Float64Array
  #hand = 0

  /** `evicted` is called when a client was forgotten that still had a debt: `most` is too small, or somebody has many addresses. */
  constructor(bucket: Bucket, rate: Rate, most: number, evicted: () => void) {
    this.#bucket = bucket
    this.rate = rate
    this.#most = most
    this.#evicted = evicted
    this.#cells = new Float64Array(Math.min(first, most) * bucket.width)
  }

  get size(): number {
    return this.#places.size
  }

  /** See `Bucket.take`. */
  take(key: string, now: number): number {
    const place = this.#places.get(key) ?? this.#enter(key, now)
    return this.#bucket.take(this.#cells, place * this.#bucket.width, now, this.rate)
  }

  /** See `Bucket.peek`; a stranger is not entered by it. */
  peek(key: string, now: number): number {
    const place = this.#places.get(key)
    return place === undefined
      ? this.rate.burst - 1
      : this.#bucket.peek(this.#cells, place * this.#bucket.width, now, this.rate)
  }

  /** Requests that were let pass elsewhere: taken whether they fit or not. */
  add(key: string, requests: number, now: number): void {
    this.#owe(key, now, (debt) => debt + requests)
  }

  /** What the client owes elsewhere: it owes as much here, too. */
  raise(key: string, debt: number, now: number): void {
    this.#owe(key, now, (own) => Math.max(own, debt))
  }

  /** Who has not been given everything back, and how many requests. It may be asked for the next one later. */
  *debts(now: () => number): Generator<readonly [key: string, debt: number]> {
    // Clients that come meanwhile must not keep it from ending.
    let more = this.#places.size
    for (const [key, place] of this.#places) {
      if (more-- === 0) return
      const debt = this.#bucket.debt(this.#cells, place * this.#bucket.width, now(), this.rate)
      if (debt > 0) yield [key, debt]
    }
  }

  #owe(key: string, now: number, next: (debt: number) => number): void {
    const at = (this.#places.get(key) ?? this.#enter(key, now)) * this.#bucket.width
    this.#bucket.owe(this.#cells, at, next(this.#bucket.debt(this.#cells, at, now, this.rate)), now, this.rate)
  }

  #enter(key: string, now: number): number {
    const place = this.#keys.length < this.#most ? this.#grow() : this.#makePlace(now)
    const own = copyOf(key)
    this.#keys[place] = own
    this.#places.set(own, place)
    this.#bucket.fill(this.#cells, place * this.#bucket.width, now, this.rate)
    return place
  }

  #grow(): number {
    const place = this.#keys.length
    if ((place + 1) * this.#bucket.width > this.#cells.length) {
      const cells = new Float64Array(Math.min(place * 2, this.#most) * this.#bucket.width)
      cells.set(this.#cells)
      this.#cells = cells
    }
    return place
  }

  #makePlace(now: number): number {
    let [best, least] = [0, Infinity]
    for (let looked = 0; looked < candidates && least > 0; looked++) {
      const place = this.#hand
      this.#hand = (place + 1) % this.#most
      const debt = this.#bucket.debt(this.#cells, place * this.#bucket.width, now, this.rate)
      if (debt < least) [best, least] = [place, debt]
    }
    if (least > 0) this.#evicted()
    this.#places.delete(this.#keys[best] ?? "")
    return best
  }
}
