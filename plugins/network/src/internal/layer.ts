/** Everything of network in one Layer: tokens, router, listener, health check and drain hooks. */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { ErrorDetail, ErrorRegistry, HealthRegistry, Unhealthy } from "@heptad/common"
import { Lifecycle, type Plugin } from "@heptad/kernel"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpPlatform from "effect/http/HttpPlatform"
import * as HttpRouter from "effect/http/HttpRouter"
import * as Layer from "effect/Layer"
import type { NetworkConfig } from "../config.ts"
import { CurrentRequest } from "../CurrentRequest.ts"
import type { App } from "../middleware/Middleware.ts"
import { problems } from "../middleware/problems.ts"
import { type Address, Network } from "../Network.ts"
import { pipeline } from "../pipeline.ts"
import * as Problem from "../Problem.ts"
import { absentAt } from "./absent.ts"
import { bursts } from "./bursts.ts"
import * as Credentials from "./Credentials.ts"
import * as DecisionLog from "./decisionLog.ts"
import * as Framed from "./framed/layer.ts"
import * as JoseTokens from "./JoseTokens.ts"
import * as IdleRoutes from "./limiter/idleRoutes.ts"
import * as LimitStore from "./limiter/LimitStore.ts"
import * as Sharing from "./limiter/sharing.ts"
import * as Load from "./load.ts"
import * as NodeHttp from "./NodeHttp.ts"
import * as RequestCounts from "./requestCounts.ts"
import * as Routes from "./routes.ts"
import { SharedPort } from "./SharedPort.ts"
import * as Upstreams from "./upstream/layer.ts"

const notStarted = Effect.map(CurrentRequest, (request) =>
  Problem.toResponse(
    Problem.make(
      { code: "network.not_started", detail: "The server is still starting. Try again in a second." },
      request
    )
  ))

/** Routes are added while plugins build, so nothing is routed until all of them have; from then on the gate is gone. */
const gated = ({ router }: Routes.Routes, { phase }: Lifecycle["Service"], opened: () => void): App<unknown> => {
  const closed: App<unknown> = Effect.flatMap(phase, (phase) => {
    if (phase === "starting") return notStarted
    opened()
    current = router.asHttpEffect()
    return current
  })
  let current = closed
  return Effect.suspend(() => current)
}

const wildcards: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "[::1]" }

const addressOf = ({ host, port }: NodeHttp.Listener, { tls }: NetworkConfig): Address => {
  const shown = wildcards[host] ?? (host.includes(":") ? `[${host}]` : host)
  return { host, port, url: `${tls.enabled ? "https" : "http"}://${shown}:${port}` }
}

const listening = (listener: NodeHttp.Listener) =>
  Effect.suspend(() =>
    listener.listening() ? Effect.void : Effect.fail(new Unhealthy({ reason: "the listener is closed" }))
  )

const register = Effect.fnUntraced(function*(listener: NodeHttp.Listener) {
  const health = yield* HealthRegistry
  const lifecycle = yield* Lifecycle
  yield* health.register({
    name: "network_listener",
    kind: "readiness",
    criticality: "critical",
    interval: Duration.seconds(5),
    timeout: Duration.seconds(1),
    run: listening(listener)
  })
  yield* lifecycle.onDrain({ name: "network listener", phase: "accept", run: listener.stopAccepting })
  yield* lifecycle.onDrain({ name: "network requests", phase: "requests", run: listener.drained })
})

/** The settings of which the parts that may change are this object's own, so that they can. */
const changeable = (
  { auth, http, overload, proxies, rate_limit, sse, tcp, websocket, ...rest }: NetworkConfig
) => ({
  ...rest,
  overload,
  proxies,
  rate_limit,
  sse,
  websocket,
  tcp: { ...tcp },
  http: { ...http },
  auth: { ...auth }
})

type Changeable = ReturnType<typeof changeable>

/** Who reads these reads them for each request or connection. */
const change = (config: Changeable, next: NetworkConfig): void => {
  const { auth, http, tcp } = config
  config.overload = next.overload
  config.proxies = next.proxies
  config.rate_limit = next.rate_limit
  config.websocket = next.websocket
  config.sse = next.sse
  tcp.max_connections_per_ip = next.tcp.max_connections_per_ip
  tcp.write_timeout = next.tcp.write_timeout
  http.access_log = next.http.access_log
  http.handler_timeout = next.http.handler_timeout
  http.max_json_depth = next.http.max_json_depth
  http.max_request_size = next.http.max_request_size
  http.max_uri_length = next.http.max_uri_length
  http.security_headers = next.http.security_headers
  http.compression = next.http.compression
  http.decompression = next.http.decompression
  http.cors = next.http.cors
  http.csrf = next.http.csrf
  auth.jwt = next.auth.jwt
  auth.api_keys = next.auth.api_keys
  auth.mtls = next.auth.mtls
  auth.roles_from_token = next.auth.roles_from_token
  auth.log_grants = next.auth.log_grants
}

const tellShared = Effect.fnUntraced(function*({ listen: { processes } }: Changeable, address: Address) {
  const shared = yield* SharedPort
  shared?.bound(address)
  if (shared !== undefined || processes === 1) return
  yield* Effect.logWarning(
    `settings not applied: network.listen.processes: only "heptad start" runs several processes; this one is alone`
  )
})

const server = Effect.fnUntraced(function*(config: Changeable, live: Plugin.Live<NetworkConfig>) {
  const routes = yield* Routes.make
  const counts = yield* RequestCounts.make
  const lifecycle = yield* Lifecycle
  const context = yield* Effect.context<never>()
  const tell = bursts(context)
  const surroundings = {
    context,
    counts,
    tell,
    load: yield* Load.watched(config),
    routeOf: routes.template,
    limitStore: yield* LimitStore.make(config, tell),
    sharing: yield* Sharing.make,
    platform: yield* HttpPlatform.HttpPlatform
  }
  const listener = yield* NodeHttp.make(config, {
    list: pipeline(config, surroundings),
    context,
    tell,
    problems: problems({
      absent: absentAt(lifecycle),
      allow: routes.allow,
      detail: yield* ErrorDetail,
      registry: yield* ErrorRegistry,
      limits: config.http
    }),
    router: (opened) => gated(routes, lifecycle, opened),
    routes,
    counts
  })
  const idleRoutes = yield* IdleRoutes.watch(config, routes)
  yield* live.onChange((next) =>
    Effect.suspend(() => {
      change(config, next)
      return Effect.andThen(listener.renew(next), idleRoutes.tell)
    })
  )
  yield* register(listener)
  const address = addressOf(listener, config)
  yield* tellShared(config, address)
  yield* Effect.logInfo(`listening on ${address.url}`)
  return Context.make(HttpRouter.HttpRouter, routes.router).pipe(Context.add(Network, { address }))
})

/** Who asks, and the log of what they were allowed. */
const authentication = (config: Changeable) =>
  Layer.mergeAll(Credentials.layer(config), DecisionLog.layer(config.auth)).pipe(
    Layer.provideMerge(JoseTokens.layerWatched(config.auth))
  )

export const layer = (settings: NetworkConfig, live: Plugin.Live<NetworkConfig>) =>
  Layer.suspend(() => {
    const config = changeable(settings)
    return Layer.effectContext(server(config, live)).pipe(
      Layer.merge(Framed.layer(settings, live)),
      Layer.provideMerge(
        Layer.mergeAll(
          authentication(config),
          NodeHttpServer.layerHttpServices,
          Upstreams.layer(config, live)
        )
      )
    )
  })
