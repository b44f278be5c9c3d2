/**
 * What ours serves, and with which settings: an HttpApi of two routes, and the defaults of four plugins but for what the
 * command line `<port> <data folder> [no-access-log] [no-control]` says. Shared by those who compose it in different ways.
 */
import { Setting } from "@heptad/common"
import { Contract, Plugin } from "@heptad/kernel"
import { CompiledApi, NetworkContract } from "@heptad/network"
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

const [, , port, folder, ...switches] = process.argv

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

export const BenchPlugin = Plugin.make({
  manifest: { ...manifest, peerDependencies },
  contract: Contract.make({ name: "bench", manifest, services: [] }),
  requires: [NetworkContract],
  config: Setting.section({}),
  layer: () => CompiledApi.layer(Api).pipe(Layer.provide(handlers))
})

/** Everything else has its default. Standard output, where the logger writes, is /dev/null here. */
export const chosen = {
  common: { data_dir: folder },
  network: {
    tcp: { port: Number(port) },
    http: switches.includes("bare")
      ? { access_log: false, request_id: false, metrics: false, security_headers: { enabled: false } }
      : { access_log: !switches.includes("no-access-log") }
  },
  monitoring: {
    health: { port: 0 },
    prometheus: { port: 0 },
    control: { enabled: !switches.includes("no-control") }
  }
}
