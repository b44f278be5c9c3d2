/** Tells that the line of those who wait for a session stays nearly full: whoever comes now would soon be refused, and later. */
import { Pressure } from "@heptad/common"
import * as Effect from "effect/Effect"
import type { PoolState } from "../../Database.ts"

const interval = "100 millis"

/** So many looks one after the other, a second: a burst that is soon worked off turns nobody away. */
const enough = 10

/** Parts of `max_waiting`. */
const [high, low] = [0.8, 0.5]

const longest = (pools: ReadonlyArray<PoolState>): number =>
  Math.max(0, ...pools.map(({ waiting: { high, low, normal } }) => high + normal + low))

/** Looks at the lines of all servers again and again, until the scope closes. */
export const tell = Effect.fnUntraced(
  function*(pools: Effect.Effect<ReadonlyArray<PoolState>>, maxWaiting: () => number) {
    const { gauge } = yield* Pressure
    const set = yield* gauge("database_pool")
    let [pressed, looks] = [false, 0]
    const look = Effect.map(pools, (all) => {
      const fullness = longest(all) / Math.max(1, maxWaiting())
      looks = fullness >= high ? looks + 1 : 0
      pressed = pressed ? fullness > low : looks >= enough
      set(pressed)
    })
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(interval), look)))
  }
)
