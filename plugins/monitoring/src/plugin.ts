/** The monitoring plugin: opens the operations ports and measures the process. */
import { CommonContract } from "@heptad/common"
import { Plugin } from "@heptad/kernel"
import manifest from "../package.json" with { type: "json" }
import { MonitoringConfig } from "./config.ts"
import { MonitoringContract } from "./contract.ts"
import { explanations } from "./explanations.ts"
import { advice } from "./internal/advice.ts"
import { layer } from "./internal/layer.ts"
import { needs } from "./internal/needs.ts"

export const MonitoringPlugin = Plugin.make({
  manifest,
  contract: MonitoringContract,
  requires: [CommonContract],
  config: MonitoringConfig,
  explanations,
  layer,
  advice,
  needs,
  ambient: true
})
