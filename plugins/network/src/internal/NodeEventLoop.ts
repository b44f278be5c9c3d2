/** How late and how busy the event loop of this thread is. */
import { monitorEventLoopDelay, performance } from "node:perf_hooks"
import type { Sample } from "./shedding.ts"

const resolutionMillis = 20

export interface EventLoop {
  /** Since the last sample. */
  readonly sample: () => Sample
  readonly stop: () => void
}

export const watch = (): EventLoop => {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMillis })
  histogram.enable()
  let last = performance.eventLoopUtilization()
  return {
    sample: () => {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, last)
      const mean = histogram.count === 0 ? 0 : histogram.mean / 1e6
      last = now
      histogram.reset()
      return { delayMillis: Math.max(0, mean - resolutionMillis), utilization }
    },
    stop: () => {
      histogram.disable()
    }
  }
}
