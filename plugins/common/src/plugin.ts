/** The plugin that keeps the common contract. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { Plugin } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import manifest from "../package.json" with { type: "json" }
import { CommonConfig } from "./config.ts"
import { CommonContract } from "./contract.ts"
import { DataDirectory } from "./DataDirectory.ts"
import { ErrorDetail } from "./ErrorDetail.ts"
import { ErrorRegistry } from "./ErrorRegistry.ts"
import { EventBus } from "./EventBus.ts"
import { explanations } from "./explanations.ts"
import { HealthRegistry } from "./HealthRegistry.ts"
import * as NodeDataDirectory from "./internal/NodeDataDirectory.ts"

const errorRegistry = (
  { enabled, flush_interval, path, persist }: CommonConfig["error_handling"]["error_registry"]
) => {
  if (!enabled) return ErrorRegistry.layerMetricOnly
  if (!persist) return ErrorRegistry.layerMemory
  return Layer.unwrap(Effect.gen(function*() {
    const { resolve } = yield* Path.Path
    const directory = yield* DataDirectory
    return ErrorRegistry.layer({ path: resolve(directory.path, path), flushInterval: flush_interval })
  }))
}

/** The data directory of an app without its lock, for tools that run beside the app. */
export const layerDataDirectory = (directory: string) =>
  NodeDataDirectory.layerUnlocked(directory).pipe(Layer.provide([NodeFileSystem.layer, NodePath.layer]))

export const CommonPlugin = Plugin.make({
  manifest,
  contract: CommonContract,
  requires: [],
  config: CommonConfig,
  explanations,
  layer: ({ data_dir, error_handling }) =>
    Layer.mergeAll(
      errorRegistry(error_handling.error_registry),
      ErrorDetail.layer(error_handling.detailed_errors),
      EventBus.layer,
      HealthRegistry.layer
    ).pipe(
      Layer.provideMerge(NodeDataDirectory.layer(data_dir)),
      Layer.provide([NodeFileSystem.layer, NodePath.layer])
    )
})
