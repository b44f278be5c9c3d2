/** Which of several replicas gets the next read. */
import type { DatabaseConfig } from "../../config.ts"

export type Policy = DatabaseConfig["ha"]["read_replicas"]["load_balancing"]

interface Busy {
  /** Statements of this process that it works on. */
  readonly busy: number
}

/** One per process; `random` answers a number from 0 to 1. */
export const make = (random: () => number = Math.random) => {
  let turn = 0
  return <A extends Busy>(policy: Policy, among: ReadonlyArray<A>): A | undefined => {
    switch (policy) {
      case "round_robin":
        return among[turn++ % Math.max(1, among.length)]
      case "random":
        return among[Math.floor(random() * among.length)]
      case "least_connections":
        return among.reduce<A | undefined>(
          (best, each) => best === undefined || each.busy < best.busy ? each : best,
          undefined
        )
    }
  }
}
