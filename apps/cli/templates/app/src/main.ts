/** Runs the app with the settings files or directories that are given, later ones over earlier ones, until it is told to stop. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { SettingsFiles } from "@heptad/common"
import { Kernel } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { plugins } from "./index.ts"

const settings = SettingsFiles.layer({ files: process.argv.slice(2), overrides: [], environment: process.env }).pipe(
  Layer.provide(NodeServices.layer)
)

NodeRuntime.runMain(Effect.provide(Kernel.launch(plugins), settings), { teardown: Kernel.teardown })
