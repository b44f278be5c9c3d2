/** What a payload may not exceed, and the budget that one walk through it spends. */
import { LimitExceeded, MalformedContainer } from "../errors.ts"

export interface Limits {
  readonly bytes: number
  /** Arrays and maps inside each other. */
  readonly depth: number
  readonly elements: number
}

export const tooLarge = (limit: number): LimitExceeded =>
  new LimitExceeded({ what: "payload size in bytes", setting: "container.memory.limits.max_container_size", limit })

export const tooDeep = (limit: number): LimitExceeded =>
  new LimitExceeded({ what: "nesting depth", setting: "container.validation.max_nesting_depth", limit })

export const tooMany = (limit: number): LimitExceeded =>
  new LimitExceeded({ what: "number of values", setting: "container.validation.max_elements", limit })

/** Counts values; throws `LimitExceeded`. */
export class Budget {
  readonly #limits: Limits
  #spent = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** One value that stands inside `depth` arrays and maps. */
  spend(depth: number): void {
    if (++this.#spent > this.#limits.elements) throw tooMany(this.#limits.elements)
    if (depth > this.#limits.depth) throw tooDeep(this.#limits.depth)
  }
}

/** A name that would change the prototype of an object on somebody's way. */
export const isForbiddenName = (name: string): boolean => name === "__proto__"

export const malformed = (format: string, problem: string): MalformedContainer =>
  new MalformedContainer({ format, problem })
