/** What the n-th request of the load is; decided in advance, so that every run sends the same. Pure. */

export type Kind = "place" | "read" | "page"

/** The order of a round of 50 kinds, so that none comes in bursts. */
const stride = 7
const round = 50

/**
 * Of 50 requests `orders` place an order and 15 read one, the others ask a page. Mostly cheap ones: the test shall find lost
 * requests, not the limits of the machine on which two instances, two databases, the balancer and the load share the CPUs.
 */
export const kindOf = (index: number, orders: number): Kind => {
  const slot = (index * stride) % round
  return slot < orders ? "place" : slot >= round - 15 ? "read" : "page"
}

/** Every fifth request comes over a connection of its own and closes it; over time that meets every kind. */
export const isFresh = (index: number): boolean => (index + Math.floor(index / round)) % 5 === 0

/** When it is due, in milliseconds from the start: whether the server keeps up or not, nothing waits for an answer. */
export const dueMillis = (index: number, rps: number): number => (index * 1000) / rps
