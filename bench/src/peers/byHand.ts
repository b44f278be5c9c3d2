/**
 * The same Layers and settings as heptad.ts, composed by hand: no graph, no plan, no waves, no drain, nothing to ask or to
 * reload. `node --conditions=source byHand.ts <port> <data folder> <metrics port> [switches]`
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Layer from "effect/Layer"
import { byHand } from "./handLayer.ts"

NodeRuntime.runMain(Layer.launch(byHand({})))
