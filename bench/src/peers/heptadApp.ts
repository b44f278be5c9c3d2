/**
 * What ours serves, an HttpApi of two routes, and with which settings: `<port> <data folder> <metrics port> [switches]` of the
 * command line as heptadSettings.ts reads them. Shared by those who compose it in different ways.
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
import { settingsOf } from "./heptadSettings.ts"

const [, , port, folder = "", metricsPort, ...switches] = process.argv

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

export const chosen = settingsOf({ port: Number(port), folder, metricsPort: Number(metricsPort) }, switches)
