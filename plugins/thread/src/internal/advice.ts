/** What an operator should know about the settings of thread, though it is no fault. */
import { Advice } from "@heptad/common"
import type { Settings } from "@heptad/kernel"
import type { ThreadConfig } from "../config.ts"

/** Twice as many are what the guide's own formula asks for. */
const oversized = ({ pool_size: size, workload }: ThreadConfig, cpus: () => number): ReadonlyArray<Settings.Advice> =>
  size === "auto" || size <= cpus() * 2 ? [] : [Advice.contradiction(
    ["thread.pool_size", "thread.workload"],
    `thread.pool_size is ${size}, but this process may use ${cpus()} CPUs: computing jobs will slow each other down. ` +
      `Write auto, which follows thread.workload (${workload}).`
  )]

const unreachable = ({ health, queue }: ThreadConfig): ReadonlyArray<Settings.Advice> =>
  health.max_queue_depth <= queue.capacity ? [] : [Advice.contradiction(
    ["thread.health.max_queue_depth", "thread.queue.capacity"],
    `thread.health.max_queue_depth (${health.max_queue_depth}) is above thread.queue.capacity (${queue.capacity}), ` +
      `which wins: a queue refuses jobs before the readiness check warns. Set it below the capacity.`
  )]

const crossed = ({ queue }: ThreadConfig): ReadonlyArray<Settings.Advice> =>
  queue.low_watermark < queue.high_watermark ? [] : [Advice.contradiction(
    ["thread.queue.low_watermark", "thread.queue.high_watermark"],
    "thread.queue.low_watermark is not below thread.queue.high_watermark, which wins: pressure begins and ends all the time. " +
      "Set it lower."
  )]

/** `cpus`: what the process may use; asked only when it matters, because it is read from the control group. */
export const advice = (config: ThreadConfig, cpus: () => number): ReadonlyArray<Settings.Advice> => [
  ...oversized(config, cpus),
  ...unreachable(config),
  ...crossed(config)
]
