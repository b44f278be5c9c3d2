/** The plugin: opens the door, does no work. Only apps and tests import it. */
import { Plugin } from "@heptad/kernel"
import manifest from "../package.json" with { type: "json" }
import { SampleConfig } from "./config.ts"
import { SampleContract } from "./contract.ts"
import { explanations } from "./explanations.ts"
import { layer } from "./internal/MemorySample.ts"

export const SamplePlugin = Plugin.make({
  manifest,
  contract: SampleContract,
  requires: [],
  config: SampleConfig,
  explanations,
  layer
})
