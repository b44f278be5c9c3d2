/** The flags that every command reading settings has, and what they lead to. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { SettingsFiles, SettingTypes } from "@heptad/common"
import { KernelError, Settings } from "@heptad/kernel"
import { plugins } from "@heptad/monolith"
import * as Arr from "effect/Array"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

export interface Given {
  readonly config: ReadonlyArray<string>
  readonly set: ReadonlyArray<string>
}

export const flags = {
  config: Flag.String("config").pipe(
    Flag.withDescription("A settings file or a directory of them; repeatable, later ones win"),
    Flag.atLeast(0)
  ),
  set: Flag.String("set").pipe(
    Flag.withDescription(
      "One setting, for example network.tcp.port=8081; repeatable, wins over files and environment"
    ),
    Flag.atLeast(0)
  )
}

/** A duration in the spelling of the settings files. */
export const Duration = SettingTypes.Duration

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
