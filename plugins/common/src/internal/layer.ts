/** The services of common with their settings, and what changes with them while the app runs. */
import type { Plugin } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import type { CommonConfig } from "../config.ts"
import { DataDirectory } from "../DataDirectory.ts"
import { ErrorDetail } from "../ErrorDetail.ts"
import { ErrorRegistry } from "../ErrorRegistry.ts"
import { EventBus } from "../EventBus.ts"
import { FeatureFlags } from "../FeatureFlags.ts"
import { HealthRegistry } from "../HealthRegistry.ts"
import { Pace } from "../Pace.ts"
import { Pressure } from "../Pressure.ts"
import * as Flags from "./flags.ts"
import type * as NodeDataDirectory from "./NodeDataDirectory.ts"

const errorRegistry = (
  { enabled, path, persist }: CommonConfig["error_handling"]["error_registry"],
  flushPace: Pace
) => {
  if (!enabled) return ErrorRegistry.layerMetricOnly
  if (!persist) return ErrorRegistry.layerMemory
  return Layer.unwrap(Effect.gen(function*() {
    const { resolve } = yield* Path.Path
    const directory = yield* DataDirectory
    return ErrorRegistry.layer({ path: resolve(directory.path, path), flushPace })
  }))
}

/** `directory`: with its lock, or without it where another process of the app holds that. */
export const layer = (
  { data_dir, error_handling, features }: CommonConfig,
  live: Plugin.Live<CommonConfig>,
  directory: typeof NodeDataDirectory.layer
) =>
  Layer.unwrap(Effect.gen(function*() {
    const detail = { detailed: error_handling.detailed_errors }
    const flags = Flags.make(features)
    const flushPace = new Pace(error_handling.error_registry.flush_interval)
    yield* live.onChange((next) => {
      detail.detailed = next.error_handling.detailed_errors
      flags.change(next.features)
      return flushPace.set(next.error_handling.error_registry.flush_interval)
    })
    return Layer.mergeAll(
      errorRegistry(error_handling.error_registry, flushPace),
      Layer.succeed(ErrorDetail, detail),
      Layer.succeed(FeatureFlags, flags.service),
      EventBus.layer,
      HealthRegistry.layer,
      Pressure.layer
    ).pipe(Layer.provideMerge(directory(data_dir)))
  }))
