/** Pure: two counts of the last while, in ten parts of it, the oldest of which falls out as a whole. Time is milliseconds. */
const parts = 10

export interface Sums {
  readonly first: number
  readonly second: number
}

export class RollingCounts {
  readonly #width: number
  readonly #first = new Float64Array(parts)
  readonly #second = new Float64Array(parts)
  readonly #sums = { first: 0, second: 0 }
  #part = 0

  constructor(windowMillis: number) {
    this.#width = windowMillis / parts
  }

  readonly #add = (index: number, first: number, second: number): void => {
    this.#first[index] = (this.#first[index] ?? 0) + first
    this.#second[index] = (this.#second[index] ?? 0) + second
    this.#sums.first += first
    this.#sums.second += second
  }

  readonly #drop = (index: number): void => this.#add(index, -(this.#first[index] ?? 0), -(this.#second[index] ?? 0))

  /** Forgets what is too old. A clock that goes back changes nothing. */
  readonly #advance = (now: number): void => {
    const part = Math.floor(now / this.#width)
    const fallen = Math.min(part - this.#part, parts)
    for (let index = 0; index < fallen; index++) this.#drop((part - index) % parts)
    this.#part = Math.max(part, this.#part)
  }

  readonly add = (now: number, first: number, second: number): void => {
    this.#advance(now)
    this.#add(this.#part % parts, first, second)
  }

  readonly sums = (now: number): Sums => {
    this.#advance(now)
    return this.#sums
  }

  readonly clear = (): void => {
    for (let index = 0; index < parts; index++) this.#drop(index)
  }
}
