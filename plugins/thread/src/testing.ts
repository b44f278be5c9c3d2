/** For tests of code that uses the pool: the real queue, lanes and deadlines, with computing jobs in the same thread. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as InProcess from "./internal/InProcess.ts"
import type { LaneSettings } from "./internal/lane.ts"
import * as Observer from "./internal/observer.ts"
import * as Pool from "./internal/pool.ts"
import { ThreadPool } from "./ThreadPool.ts"

/** What a test may want different; the rest is as the settings' defaults say, with four slots. */
export type MemoryOptions = Partial<LaneSettings>

const defaults: LaneSettings = {
  size: 4,
  capacity: 10_000,
  overflow: "reject",
  levels: 3,
  ageing: 16,
  maxWait: Duration.minutes(5),
  maxDuration: Duration.seconds(30)
}

/**
 * A pool without worker threads. Functions are called in this thread, with inputs and results cloned and moved as between
 * threads; a function that loops blocks the test, since nothing can end it.
 */
export const layerMemoryWith = (options: MemoryOptions): Layer.Layer<ThreadPool> =>
  Layer.effect(
    ThreadPool,
    Effect.map(
      Pool.make({ settings: { ...defaults, ...options }, observer: Observer.silent, engine: InProcess.engine }),
      (pool) => pool.service
    )
  )

export const layerMemory: Layer.Layer<ThreadPool> = layerMemoryWith({})
