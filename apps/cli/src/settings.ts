/** What the flags of settingsFlags.ts lead to. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { SettingsFiles } from "@heptad/common"
import { KernelError, Settings } from "@heptad/kernel"
import { plugins } from "@heptad/monolith"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Given } from "./settingsFlags.ts"

export const layer = (given: Given) =>
  SettingsFiles.layer({ files: given.config, overrides: given.set, environment: process.env }).pipe(
    Layer.provide(NodeServices.layer)
  )

/** Single sections of the settings, for commands that run beside the app. Faults of all sections are told, as at a start. */
export const sections = Effect.fnUntraced(
  function*<const S extends Schema.Struct.Fields>(_given: Given, wanted: S) {
    const { read } = yield* Settings.SettingsSource
    const tree = yield* read(plugins)
    const { faults } = Settings.prepare(plugins, tree)
    if (Arr.isReadonlyArrayNonEmpty(faults)) return yield* new KernelError({ reasons: faults })
    return yield* Effect.orDie(Schema.decodeUnknownEffect(Schema.Struct(wanted))(tree.value))
  },
  (effect, given) => Effect.provide(effect, layer(given))
)
