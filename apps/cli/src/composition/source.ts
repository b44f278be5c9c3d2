/** The settings that the flags name. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { SettingsFiles } from "@heptad/common"
import { Settings } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Given } from "../settingsFlags.ts"

export const source = ({ config, set }: Given): Effect.Effect<Settings.Source> =>
  Effect.provide(
    Settings.SettingsSource,
    SettingsFiles.layer({ files: config, overrides: set, environment: process.env }).pipe(
      Layer.provide(NodeServices.layer)
    )
  )
