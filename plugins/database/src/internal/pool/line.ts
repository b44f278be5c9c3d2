/**
 * Who waits for a session. Three queues, each in the order of asking; the head whose asking time is the earliest is next, where each
 * step of priority counts as so many milliseconds. So importance is respected, and everybody's turn comes.
 */
import type * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import { priorities } from "../../Priority.ts"
import type { Lease } from "./lease.ts"

export interface Waiter {
  readonly lease: Lease
  /** 0 is served first. */
  readonly level: number
  readonly askedAt: number
  readonly resume: (turn: Effect.Effect<void, SqlError>) => void
}

/** A Set keeps the order of insertion and forgets from the middle at no cost, which is what an interrupted waiter needs. */
type Queue = Set<Waiter>

const headOf = (queue: Queue): Waiter | undefined => queue.values().next().value

export class Line {
  private readonly queues: ReadonlyArray<Queue> = priorities.map(() => new Set())
  private readonly step: number
  size = 0

  constructor(step: number) {
    this.step = step
  }

  add(waiter: Waiter): void {
    this.queues[waiter.level]?.add(waiter)
    this.size++
  }

  remove(waiter: Waiter): void {
    if (this.queues[waiter.level]?.delete(waiter) === true) this.size--
  }

  waitingAt(level: number): number {
    return this.queues[level]?.size ?? 0
  }

  /** Whose turn it is. */
  next(): Waiter | undefined {
    return this.earliest(this.step)
  }

  /** Who has waited longest. */
  oldest(): Waiter | undefined {
    return this.earliest(0)
  }

  private earliest(step: number): Waiter | undefined {
    if (this.size === 0) return undefined
    let found: Waiter | undefined
    let earliest = Infinity
    for (const queue of this.queues) {
      const head = queue.size === 0 ? undefined : headOf(queue)
      if (head === undefined) continue
      const counted = head.askedAt + head.level * step
      if (counted < earliest) {
        earliest = counted
        found = head
      }
    }
    return found
  }
}
