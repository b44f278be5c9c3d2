/** For tests of other packages: the service without an app around it. */
import { layerQuiet, still } from "@heptad/kernel/testing"
import * as Layer from "effect/Layer"
import type { SampleConfig } from "./config.ts"
import { layer } from "./internal/MemorySample.ts"

export const layerMemoryWith = (config: SampleConfig) => layer(config, still).pipe(Layer.provide(layerQuiet))

export const layerMemory = layerMemoryWith({ capacity: 1000 })
