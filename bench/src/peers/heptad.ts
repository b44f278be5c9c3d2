/**
 * Ours, as a user composes it: four plugins with their default settings (access log, request ids, trace context, limits,
 * metrics, operations ports) and an HttpApi of two routes. `node --conditions=source heptad.ts <port> <data folder> <access log: on|off>`
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Setting } from "@heptad/common"
import { CommonPlugin } from "@heptad/common/plugin"
import { Contract, Kernel, Plugin } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import { LoggerPlugin } from "@heptad/logger/plugin"
import { MonitoringPlugin } from "@heptad/monitoring/plugin"
import { NetworkContract } from "@heptad/network"
import { NetworkPlugin } from "@heptad/network/plugin"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import manifest from "../../package.json" with { type: "json" }
import { Order } from "../orderSchema.ts"

const [, , port, folder, accessLog] = process.argv

const Routes = HttpApiGroup.make("routes", { topLevel: true }).add(
  HttpApiEndpoint.get("hello", "/", { success: Schema.String.pipe(HttpApiSchema.asText()) }),
  HttpApiEndpoint.post("echo", "/echo", { payload: Order, success: Order })
)
const Api = HttpApi.make("bench").add(Routes)

const handlers = HttpApiBuilder.group(Api, "routes", (routes) =>
  routes.handleAll({
    hello: () => Effect.succeed("hello"),
    echo: ({ payload }) => Effect.succeed(payload)
  }))

const peerDependencies = { "@heptad/network": "^0.1.0" }

const BenchPlugin = Plugin.make({
  manifest: { ...manifest, peerDependencies },
  contract: Contract.make({ name: "bench", manifest, services: [] }),
  requires: [NetworkContract],
  config: Setting.section({}),
  layer: () => HttpApiBuilder.layer(Api).pipe(Layer.provide(handlers))
})

const plugins = [LoggerPlugin, MonitoringPlugin, CommonPlugin, NetworkPlugin, BenchPlugin] as const

/** Everything else has its default. Standard output, where the logger writes, is /dev/null here. */
const chosen = settings({
  common: { data_dir: folder },
  network: { tcp: { port: Number(port) }, http: { access_log: accessLog !== "off" } },
  monitoring: { health: { port: 0 }, prometheus: { port: 0 } }
})

NodeRuntime.runMain(Effect.provide(Kernel.launch(plugins), chosen), { teardown: Kernel.teardown })
