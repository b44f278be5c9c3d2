/** Tells how full the queues are: pressed from the high watermark on, until they have fallen to the low one. */
import { Pressure } from "@heptad/common"
import * as Effect from "effect/Effect"
import type { ThreadConfig } from "../config.ts"
import type { LaneStats, ThreadPool } from "../ThreadPool.ts"

/** What of the queue may change meanwhile. */
export type Watermarks = Pick<ThreadConfig["queue"], "capacity" | "high_watermark" | "low_watermark">

const interval = "100 millis"

const waiting = ({ blocked, waiting }: LaneStats): number => blocked + waiting

/** Looks at the queues again and again, until the scope closes. */
export const tell = Effect.fnUntraced(function*(pool: ThreadPool["Service"], queue: () => Watermarks) {
  const { gauge } = yield* Pressure
  const set = yield* gauge("thread_pool")
  let pressed = false
  const look = Effect.map(pool.stats, ({ compute, fibers }) => {
    const { capacity, high_watermark, low_watermark } = queue()
    const fullness = Math.max(waiting(fibers), waiting(compute)) / capacity
    pressed = pressed ? fullness > low_watermark : fullness >= high_watermark
    set(pressed)
  })
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(interval), look)))
})
