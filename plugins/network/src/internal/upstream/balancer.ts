/** Pure: which of several endpoints gets a request. */
import type { Strategy } from "../../config/loadBalancing.ts"

export interface Candidate {
  readonly url: string
  /** Requests under way. */
  readonly inFlight: number
}

/** FNV-1a, then the finalizer of MurmurHash3: similar keys must not end up on similar places. */
const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}

const best = <A>(all: ReadonlyArray<A>, score: (each: A, index: number) => number): A | undefined => {
  let chosen: A | undefined
  let highest = -Infinity
  for (let index = 0; index < all.length; index++) {
    const each = all[index]
    if (each === undefined) continue
    const own = score(each, index)
    if (own > highest) {
      highest = own
      chosen = each
    }
  }
  return chosen
}

/** Rendezvous hashing: an endpoint that leaves gives away its own keys only, one that comes takes a fair share of each. */
const byHash = <A extends Candidate>(all: ReadonlyArray<A>, key: string) =>
  best(all, ({ url }) => hash(`${key} ${url}`))

/** Of equals the next one in turn, so that an idle upstream is not always asked at the same endpoint. */
const leastBusy = <A extends Candidate>(all: ReadonlyArray<A>, turn: number) =>
  best(all, ({ inFlight }, index) => -inFlight - ((index + all.length - turn % all.length) % all.length) / all.length)

/** `turn` grows by one with each request. Without a key `ip_hash` takes turns. */
export const pick = <A extends Candidate>(
  strategy: typeof Strategy.Type,
  all: ReadonlyArray<A>,
  turn: number,
  key: string | undefined
): A | undefined => {
  if (strategy === "least_connections") return leastBusy(all, turn)
  return strategy === "ip_hash" && key !== undefined ? byHash(all, key) : all[turn % all.length]
}
