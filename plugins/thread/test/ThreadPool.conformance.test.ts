import { layerMemoryWith } from "@heptad/thread/testing"
import { layerNodeWorkers } from "./fixtures/layers.ts"
import { conformance } from "./ThreadPool.conformance.ts"

conformance("in memory", layerMemoryWith)
conformance("worker threads", layerNodeWorkers)
