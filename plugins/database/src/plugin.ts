/** The database plugin. */
import { CommonContract } from "@heptad/common"
import { Contract, Plugin } from "@heptad/kernel"
import { availableParallelism } from "node:os"
import manifest from "../package.json" with { type: "json" }
import { DatabaseConfig } from "./config.ts"
import { DatabaseContract } from "./contract.ts"
import { explanations } from "./explanations.ts"
import { advice } from "./internal/advice.ts"
import { EmbeddedServer, layer as layerServer } from "./internal/EmbeddedServer.ts"
import { layer } from "./internal/layer.ts"
import { needs } from "./internal/needs.ts"

export const DatabasePlugin = Plugin.make({
  manifest,
  contract: DatabaseContract,
  requires: [CommonContract],
  config: DatabaseConfig,
  explanations,
  layer,
  needs,
  advice: (config) => advice(config, availableParallelism())
})

export * as DatabaseTools from "./internal/tools.ts"

export { EmbeddedServer }

/** Kept by the process that runs the embedded server for others. */
export const EmbeddedServerContract = Contract.make({ name: "embedded_server", manifest, services: [EmbeddedServer] })

/** The embedded server alone, without sessions on it: for the process that runs it for the other processes of its app. */
export const EmbeddedServerPlugin = Plugin.make({
  manifest,
  contract: EmbeddedServerContract,
  name: DatabaseContract.name,
  requires: [CommonContract],
  config: DatabaseConfig,
  explanations,
  layer: layerServer,
  needs
})
