/**
 * A queue of several priority levels with fair ageing, removal from the middle and a count per level. Pure: a grant
 * depends on the order of calls only, never on a clock.
 */
import type { Priority } from "../ThreadPool.ts"
import * as Ring from "./ring.ts"

/** What is queued carries its level and a mark, so that removal costs nothing but the mark. */
export interface Entry {
  readonly level: number
  removed: boolean
}

export interface PriorityQueue<A extends Entry> {
  readonly size: number
  readonly sizes: ReadonlyArray<number>
  readonly push: (entry: A) => void
  /** The next entry by priority and age. */
  readonly take: () => A | undefined
  /** Takes an entry out, wherever it stands. Only for entries that are in the queue. */
  readonly remove: (entry: A) => void
  /** The oldest entry of one level. */
  readonly oldest: (level: number) => A | undefined
}

interface Level<A> {
  readonly ring: Ring.Ring<A>
  /** Entries that are marked but still occupy the ring. */
  removed: number
}

/** Below this many marks a sweep is not worth its pass. */
const fewMarks = 32

/**
 * `ageing`: how often a level that has something is passed over before it is served out of turn. When several are due, the
 * one that waited longest comes first, so none waits for more than `ageing` turns and one turn of each other level.
 */
export const make = <A extends Entry>(levels: number, ageing: number): PriorityQueue<A> => {
  const queues: ReadonlyArray<Level<A>> = Array.from({ length: levels }, () => ({
    ring: Ring.make<A>(),
    removed: 0
  }))
  const sizes: Array<number> = queues.map(() => 0)
  /** How often another level was served while this one had something. */
  const passedOver: Array<number> = queues.map(() => 0)
  let size = 0

  const count = (level: number, change: number): void => {
    sizes[level] = (sizes[level] ?? 0) + change
    size += change
  }

  /** The oldest entry that is not marked; marks in front of it are cleared away. */
  const front = (queue: Level<A>): A | undefined => {
    let entry = queue.ring.peek()
    while (entry?.removed === true) {
      queue.ring.shift()
      queue.removed--
      entry = queue.ring.peek()
    }
    return entry
  }

  /** The level that waited longest, if one waited too long; else the most important one that has something. */
  const choose = (): number => {
    const longest = passedOver.indexOf(Math.max(...passedOver))
    return (passedOver[longest] ?? 0) >= ageing ? longest : sizes.findIndex((waiting) => waiting > 0)
  }

  /** An empty level does not age: it would be owed turns for nothing. */
  const age = (served: number): void => {
    for (let level = 0; level < levels; level++) {
      passedOver[level] = level === served || sizes[level] === 0 ? 0 : (passedOver[level] ?? 0) + 1
    }
  }

  const take = (): A | undefined => {
    const level = choose()
    const queue = queues[level]
    if (queue === undefined || front(queue) === undefined) return undefined
    const entry = queue.ring.shift()
    count(level, -1)
    age(level)
    return entry
  }

  return {
    get size() {
      return size
    },
    sizes,
    push: (entry) => {
      queues[entry.level]?.ring.push(entry)
      count(entry.level, 1)
    },
    take,
    remove: (entry) => {
      const queue = queues[entry.level]
      if (queue === undefined || entry.removed) return
      entry.removed = true
      queue.removed++
      count(entry.level, -1)
      if (sizes[entry.level] === 0) passedOver[entry.level] = 0
      // A sweep costs one pass over the ring, and there are as many marks as entries left: constant per removal.
      if (queue.removed > fewMarks && queue.removed > (sizes[entry.level] ?? 0)) {
        queue.ring.retain((other) => !other.removed)
        queue.removed = 0
      }
    },
    oldest: (level) => {
      const queue = queues[level]
      return queue === undefined ? undefined : front(queue)
    }
  }
}

/** The level that a priority means: `high` is the first, `low` the last, `normal` the middle (of two: the last). */
export const levelOf = (priority: Priority, levels: number): number => {
  const last = levels - 1
  if (priority === "high") return 0
  if (priority === "low") return last
  if (priority === "normal") return Math.round(last / 2)
  return Number.isNaN(priority) ? last : Math.min(last, Math.max(0, Math.trunc(priority)))
}

/** What each level is called in metrics: the names of the guide where they fit, else its number. */
export const labels = (levels: number): ReadonlyArray<string> => {
  const named = new Map<number, string>([
    [levelOf("low", levels), "low"],
    [levelOf("high", levels), "high"],
    [levelOf("normal", levels), "normal"]
  ])
  return Array.from({ length: levels }, (_, level) => named.get(level) ?? String(level))
}
