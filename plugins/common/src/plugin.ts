/** The plugin that keeps the common contract. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { Plugin } from "@heptad/kernel"
import * as Layer from "effect/Layer"
import manifest from "../package.json" with { type: "json" }
import { CommonConfig } from "./config.ts"
import { CommonContract } from "./contract.ts"
import { explanations } from "./explanations.ts"
import { layer } from "./internal/layer.ts"
import { needs } from "./internal/needs.ts"
import * as NodeDataDirectory from "./internal/NodeDataDirectory.ts"

/** For tools that run beside the app: who holds its data directory, and whether that process still runs. */
export { isAlive as holderIsAlive } from "./internal/holder.ts"
export { holderOf } from "./internal/lock.ts"

/** The data directory of an app without its lock, for tools that run beside the app. */
export const layerDataDirectory = (directory: string) =>
  NodeDataDirectory.layerUnlocked(directory).pipe(Layer.provide([NodeFileSystem.layer, NodePath.layer]))

/** The same with its lock: for tools that do what only one process may. */
export const layerHeldDataDirectory = (directory: string) =>
  NodeDataDirectory.layer(directory).pipe(Layer.provide([NodeFileSystem.layer, NodePath.layer]))

const pluginOn = (directory: typeof NodeDataDirectory.layer) =>
  Plugin.make({
    manifest,
    contract: CommonContract,
    requires: [],
    config: CommonConfig,
    explanations,
    needs,
    layer: (config, live) => layer(config, live, directory).pipe(Layer.provide([NodeFileSystem.layer, NodePath.layer]))
  })

export const CommonPlugin = pluginOn(NodeDataDirectory.layer)

/** The same in a further process of an app, whose first process holds the lock of the data directory. */
export const SharedCommonPlugin = pluginOn(NodeDataDirectory.layerUnlocked)
