/** Common in memory, as a plugin for apps of these tests. */
import { CommonContract } from "@heptad/common"
import manifest from "@heptad/common/package.json" with { type: "json" }
import { layerMemory } from "@heptad/common/testing"
import { Plugin } from "@heptad/kernel"
import * as Schema from "effect/Schema"

export const Common = Plugin.make({
  manifest,
  contract: CommonContract,
  requires: [],
  config: Schema.Struct({}),
  layer: () => layerMemory
})
