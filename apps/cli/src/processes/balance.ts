/** Which process gets a connection. Pure, but for the turn that round robin remembers. */
import type { NetworkConfig } from "@heptad/network"

export type Strategy = NonNullable<NetworkConfig["load_balancing"]["strategy"]>

export interface Taker {
  /** The number of its place, which its successor keeps. */
  readonly process: number
  /** `connections`: those that it was given and that are open. */
  readonly now: { readonly connections: number }
}

/** FNV-1a with a last mix, so that addresses that differ in one digit fall apart. */
const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  return (value ^ (value >>> 13)) >>> 0
}

const best = <T>(all: ReadonlyArray<T>, rank: (one: T) => number): T | undefined =>
  all.reduce<T | undefined>((found, one) => found === undefined || rank(one) > rank(found) ? one : found, undefined)

/** Chooses among those that may be given a connection now; undefined when there is none. */
export const balancer = () => {
  let turn = 0
  return <T extends Taker>(strategy: Strategy, takers: ReadonlyArray<T>, address: string): T | undefined => {
    switch (strategy) {
      case "round_robin":
        turn = (turn + 1) % Math.max(1, takers.length)
        return takers[turn]
      case "least_connections":
        return best(takers, ({ now }) => -now.connections)
      // By rendezvous: when a process goes, only its own clients move, and they come back with it.
      case "ip_hash":
        return best(takers, ({ process }) => hash(`${address} ${process}`))
    }
  }
}
