/** The database plugin. */
import { CommonContract } from "@heptad/common"
import { Plugin } from "@heptad/kernel"
import { availableParallelism } from "node:os"
import manifest from "../package.json" with { type: "json" }
import { DatabaseConfig } from "./config.ts"
import { DatabaseContract } from "./contract.ts"
import { explanations } from "./explanations.ts"
import { advice } from "./internal/advice.ts"
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
