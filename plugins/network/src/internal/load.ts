/** What the process has to do: the event loop is sampled, plugins tell for themselves, and health shows both. */
import { HealthRegistry, Pressure, Unhealthy } from "@heptad/common"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { NetworkConfig } from "../config.ts"
import type { Load } from "../middleware/overload.ts"
import * as NodeEventLoop from "./NodeEventLoop.ts"
import { calm, judge, type Most } from "./shedding.ts"

const interval = Duration.millis(500)

const mostOf = ({ max_event_loop_delay, max_event_loop_utilization = 1 }: NetworkConfig["overload"]): Most => ({
  delayMillis: Duration.toMillis(max_event_loop_delay),
  utilization: max_event_loop_utilization
})

const reasonOf = ({ isLate, pressed }: Load): string =>
  [...(isLate ? ["the event loop is late"] : []), ...[...pressed].map((name) => `${name} has too much to do`)].join(
    ", "
  )

const register = Effect.fnUntraced(function*(load: Load) {
  const health = yield* HealthRegistry
  yield* health.register({
    name: "network_load",
    kind: "readiness",
    criticality: "degrading",
    interval: Duration.seconds(1),
    timeout: Duration.seconds(1),
    run: Effect.suspend(() =>
      load.isLate || load.pressed.size > 0
        ? Effect.fail(new Unhealthy({ reason: `requests are refused: ${reasonOf(load)}` }))
        : Effect.void
    )
  })
})

/** Kept up to date until the scope closes. `overload` may change meanwhile. */
export const watched = Effect.fnUntraced(function*(
  config: Pick<NetworkConfig, "overload">,
  watch: () => NodeEventLoop.EventLoop = NodeEventLoop.watch
) {
  const { pressed } = yield* Pressure
  const load: Load = { isLate: false, pressed }
  const loop = yield* Effect.acquireRelease(Effect.sync(watch), ({ stop }) => Effect.sync(stop))
  let state = calm()
  const look = Effect.sync(() => {
    const sample = loop.sample()
    if (config.overload.enabled) judge(state, sample, mostOf(config.overload))
    else state = calm()
    load.isLate = state.isShedding
  })
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(interval), look)))
  yield* register(load)
  return load
})
