/**
 * Pure: how many requests are under way, and who waits for one of them to end, first come first served. A place that becomes
 * free goes to the first who waits and is never free in between. Effect's Semaphore has no limit of who waits.
 */
export class Bulkhead {
  readonly #maxConcurrent: number
  readonly #maxWaiting: number
  readonly #line = new Set<() => void>()
  #active = 0

  constructor({ max_concurrent, max_waiting }: { readonly max_concurrent: number; readonly max_waiting: number }) {
    this.#maxConcurrent = max_concurrent
    this.#maxWaiting = max_waiting
  }

  get active(): number {
    return this.#active
  }

  get waiting(): number {
    return this.#line.size
  }

  /** Takes a free place. */
  readonly enter = (): boolean => {
    if (this.#active >= this.#maxConcurrent) return false
    this.#active++
    return true
  }

  /** Joins the line, unless it is full; `granted` is called with the place taken. */
  readonly wait = (granted: () => void): boolean => {
    if (this.#line.size >= this.#maxWaiting) return false
    this.#line.add(granted)
    return true
  }

  /** Leaves the line without a place. */
  readonly forget = (granted: () => void): void => {
    this.#line.delete(granted)
  }

  readonly leave = (): void => {
    const [first] = this.#line
    if (first === undefined) {
      this.#active--
      return
    }
    this.#line.delete(first)
    first()
  }
}
