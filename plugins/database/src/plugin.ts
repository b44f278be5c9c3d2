/** The database plugin. */
import { CommonContract } from "@heptad/common"
import { Plugin } from "@heptad/kernel"
import manifest from "../package.json" with { type: "json" }
import { DatabaseConfig } from "./config.ts"
import { DatabaseContract } from "./contract.ts"
import { explanations } from "./explanations.ts"
import { layer } from "./internal/layer.ts"

export const DatabasePlugin = Plugin.make({
  manifest,
  contract: DatabaseContract,
  requires: [CommonContract],
  config: DatabaseConfig,
  explanations,
  layer
})
