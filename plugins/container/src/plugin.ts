/** The container system as a plugin. It only computes, so there is nothing to start or to stop. */
import { Plugin } from "@heptad/kernel"
import manifest from "../package.json" with { type: "json" }
import { ContainerConfig } from "./config.ts"
import { ContainerContract } from "./contract.ts"
import { explanations } from "./explanations.ts"
import { advice } from "./internal/advice.ts"
import { layer } from "./internal/layer.ts"

export const ContainerPlugin = Plugin.make({
  manifest,
  contract: ContainerContract,
  requires: [],
  config: ContainerConfig,
  explanations,
  layer,
  advice
})
