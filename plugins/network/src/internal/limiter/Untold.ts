/** What clients of one limit were let pass since the other processes were told, in bounded memory. */
import type { LimitNote } from "./LimitPeers.ts"

/** Clients of one batch; a key is short, so this bounds the size of a message too. */
export const mostKeys = 1000

/** Who sends the batches. */
export interface Bell {
  /** There is something to tell. */
  readonly ring: () => void
  /** One client has used up so much that the others should know soon. */
  readonly hurry: () => void
  readonly send: (note: LimitNote) => void
}

export class Untold {
  readonly #scope: string
  readonly #bell: Bell
  /** So many requests of one client are not kept for the whole pause. */
  readonly #urgent: number
  #counts = new Map<string, number>()

  constructor(scope: string, urgent: number, bell: Bell) {
    this.#scope = scope
    this.#urgent = urgent
    this.#bell = bell
  }

  add(key: string): void {
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    if (count === this.#urgent) this.#bell.hurry()
    if (count > 1) return
    if (this.#counts.size === 1) this.#bell.ring()
    else if (this.#counts.size >= mostKeys) this.flush()
  }

  /** Hands what has gathered to the bell. */
  flush(): void {
    if (this.#counts.size === 0) return
    const counts = this.#counts
    this.#counts = new Map()
    this.#bell.send({ _tag: "Taken", scope: this.#scope, keys: [...counts.keys()], counts: [...counts.values()] })
  }
}
