/** The plugin's layer with settings as they would stand in a file, on memory layers of common. */
import { layerMemory } from "@heptad/common/testing"
import { still } from "@heptad/kernel/testing"
import * as Layer from "effect/Layer"
import { layer } from "../src/internal/layer.ts"
import { configOf } from "../src/internal/testServer.ts"

export const connect = (section: unknown) => layer(configOf(section), still).pipe(Layer.provideMerge(layerMemory))
