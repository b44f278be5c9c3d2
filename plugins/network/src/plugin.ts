/** The manifest of network. */
import { CommonContract } from "@heptad/common"
import { Plugin } from "@heptad/kernel"
import manifest from "../package.json" with { type: "json" }
import { NetworkConfig } from "./config.ts"
import { NetworkContract } from "./contract.ts"
import { explanations } from "./explanations.ts"
import { advice } from "./internal/advice.ts"
import { layer } from "./internal/layer.ts"
import { needs } from "./internal/needs.ts"

/** For who runs an app as several processes on one port. */
export * as Acceptor from "./internal/Acceptor.ts"
export { layerIssuer, layerSettings as layerTokens } from "./internal/JoseTokens.ts"
export { LimitNote, LimitPeers } from "./internal/limiter/LimitPeers.ts"
export { newApiKey } from "./internal/newApiKey.ts"
export { SharedPort } from "./internal/SharedPort.ts"

export const NetworkPlugin = Plugin.make({
  manifest,
  contract: NetworkContract,
  requires: [CommonContract],
  config: NetworkConfig,
  explanations,
  layer,
  needs,
  advice
})
