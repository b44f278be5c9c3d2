/** The framed server as a service: its routes are there in any case, its listener when the settings ask for it. */
import { HealthRegistry, Unhealthy } from "@heptad/common"
import { Lifecycle, type Plugin } from "@heptad/kernel"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { NetworkConfig } from "../../config.ts"
import { FramedServer } from "../../FramedServer.ts"
import * as NodeFramedServer from "./NodeFramedServer.ts"
import { handleIn, Routes } from "./routes.ts"

const listening = (listener: NodeFramedServer.Listener) =>
  Effect.suspend(() =>
    listener.listening() ? Effect.void : Effect.fail(new Unhealthy({ reason: "the framed listener is closed" }))
  )

const register = Effect.fnUntraced(function*(listener: NodeFramedServer.Listener) {
  const health = yield* HealthRegistry
  const lifecycle = yield* Lifecycle
  yield* health.register({
    name: "framed_listener",
    kind: "readiness",
    criticality: "critical",
    interval: Duration.seconds(5),
    timeout: Duration.seconds(1),
    run: listening(listener)
  })
  yield* lifecycle.onDrain({ name: "framed listener", phase: "accept", run: listener.stopAccepting })
  yield* lifecycle.onDrain({ name: "framed requests", phase: "requests", run: listener.drained })
})

const change = (settings: NodeFramedServer.Settings, { framed: next }: NetworkConfig): void => {
  settings.max_connections = next.max_connections
  settings.max_connections_per_ip = next.max_connections_per_ip
  settings.max_frame_size = next.max_frame_size
  settings.max_in_flight = next.max_in_flight
  settings.write_high_water_mark = next.write_high_water_mark
  settings.access_log = next.access_log
}

const server = Effect.fnUntraced(
  function*({ framed, tls }: NetworkConfig, live: Plugin.Live<NetworkConfig>, routes: Routes) {
    const settings = { ...framed }
    const listener = yield* NodeFramedServer.make(settings, tls, routes)
    yield* live.onChange((next) => Effect.sync(() => change(settings, next)))
    yield* register(listener)
    const { host, port } = listener
    yield* Effect.logInfo(`listening for framed requests on ${host.includes(":") ? `[${host}]` : host}:${port}`)
    return { host, port }
  }
)

export const layer = (config: NetworkConfig, live: Plugin.Live<NetworkConfig>) =>
  Layer.effect(
    FramedServer,
    Effect.gen(function*() {
      const routes = new Routes()
      const address = config.framed.enabled ? yield* server(config, live, routes) : undefined
      return { address, handle: handleIn(routes) }
    })
  )
