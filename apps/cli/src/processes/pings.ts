/** What answered and unanswered questions say about a process. Pure. */
import type { NetworkConfig } from "@heptad/network"

type Thresholds = Pick<
  NetworkConfig["load_balancing"]["health_check"],
  "healthy_threshold" | "unhealthy_threshold"
>

export interface Pulse {
  /** Whether it is given connections. */
  readonly healthy: boolean
  /** Answers, or missing ones, in a row. */
  readonly streak: number
  readonly answered: boolean
}

export const fresh: Pulse = { healthy: true, streak: 0, answered: true }

export const beat = (before: Pulse, answered: boolean, thresholds: Thresholds): Pulse => {
  const streak = before.answered === answered ? before.streak + 1 : 1
  const threshold = answered ? thresholds.healthy_threshold : thresholds.unhealthy_threshold
  return { healthy: streak >= threshold ? answered : before.healthy, streak, answered }
}

/** Nothing but a new process helps. */
export const isHopeless = ({ answered, streak }: Pulse, { unhealthy_threshold }: Thresholds): boolean =>
  !answered && streak >= 2 * unhealthy_threshold
