import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import { ThreadConfig } from "../src/config.ts"
import { advice } from "../src/internal/advice.ts"

const told = (section: unknown, cpus: number) =>
  Exit.map(
    Schema.decodeUnknownExit(ThreadConfig)(section),
    (config) => advice(config, () => cpus).map(({ message }) => message)
  )

it("tells a pool of far more threads than CPUs", () => {
  expect(told({ pool_size: 16 }, 2)).toEqual(Exit.succeed([
    "thread.pool_size is 16, but this process may use 2 CPUs: computing jobs will slow each other down. " +
    "Write auto, which follows thread.workload (cpu)."
  ]))
  expect(told({ pool_size: 16 }, 8)).toEqual(Exit.succeed([]))
  expect(told({ pool_size: "auto" }, 1)).toEqual(Exit.succeed([]))
})

it("tells a readiness limit that the queue never reaches", () => {
  expect(told({ queue: { capacity: 500 } }, 2)).toEqual(Exit.succeed([
    "thread.health.max_queue_depth (1000) is above thread.queue.capacity (500), which wins: " +
    "a queue refuses jobs before the readiness check warns. Set it below the capacity."
  ]))
  expect(told({ queue: { capacity: 500 }, health: { max_queue_depth: 500 } }, 2)).toEqual(Exit.succeed([]))
})

it("tells watermarks that leave nothing between them", () => {
  expect(told({ queue: { low_watermark: "80%" } }, 2)).toEqual(Exit.succeed([
    "thread.queue.low_watermark is not below thread.queue.high_watermark, which wins: pressure begins and ends all the time. " +
    "Set it lower."
  ]))
})
