/** The plugin: opens the door, does no work. */
import { CommonContract } from "@heptad/common"
import { Plugin } from "@heptad/kernel"
import manifest from "../package.json" with { type: "json" }
import { ThreadConfig } from "./config.ts"
import { ThreadContract } from "./contract.ts"
import { explanations } from "./explanations.ts"
import { advice } from "./internal/advice.ts"
import { layerOf } from "./internal/layer.ts"
import { cpus } from "./internal/NodeCpu.ts"

/** For tools that tell what `auto` means here. */
export { autoSize } from "./internal/cgroup.ts"
export { cpus } from "./internal/NodeCpu.ts"

export const ThreadPlugin = Plugin.make({
  manifest,
  contract: ThreadContract,
  requires: [CommonContract],
  config: ThreadConfig,
  explanations,
  layer: layerOf,
  advice: (config) => advice(config, cpus)
})
