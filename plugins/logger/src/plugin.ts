/** The logger as a plugin: started before everybody else, stopped after everybody else, required by nobody. */
import { Plugin } from "@heptad/kernel"
import manifest from "../package.json" with { type: "json" }
import { LoggerConfig } from "./config.ts"
import { LoggerContract } from "./contract.ts"
import { explanations } from "./explanations.ts"
import { advice } from "./internal/advice.ts"
import { layer } from "./internal/layer.ts"
import { needs } from "./internal/needs.ts"

export const LoggerPlugin = Plugin.make({
  manifest,
  contract: LoggerContract,
  requires: [],
  config: LoggerConfig,
  explanations,
  layer,
  advice,
  needs,
  ambient: true
})
