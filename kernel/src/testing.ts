/** For tests of plugins and compositions: settings from a plain object, the kernel's services without a kernel. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { NoSuchVersion } from "./errors.ts"
import * as OperationTable from "./internal/operations.ts"
import { Lifecycle, type Phase } from "./Lifecycle.ts"
import { LiveSettings } from "./LiveSettings.ts"
import { Operations } from "./Operations.ts"
import type { Live } from "./Plugin.ts"
import { empty, SettingsSource, type SettingsTree } from "./Settings.ts"

/** Sections as they would stand in the files. Faults name "settings" as their origin, unless `more` has `origins`. */
export const settings = (value: SettingsTree["value"], more: Partial<SettingsTree> = {}) =>
  Layer.succeed(SettingsSource, { read: () => Effect.succeed({ ...empty, ...more, value }), changes: Stream.never })

/** The kernel's services around a plugin's Layer that is tested alone: always running, nothing ever changes or stops. */
export const layerQuiet = Layer.succeed(Lifecycle, {
  phase: Effect.succeed<Phase>("running"),
  plugins: Effect.succeed([]),
  events: Stream.empty,
  stopping: Effect.succeed([]),
  requestStop: () => Effect.void,
  stopRequested: Effect.never,
  onDrain: () => Effect.void
}).pipe(
  Layer.merge(Layer.succeed(LiveSettings, {
    current: Effect.succeed(empty),
    versions: Effect.succeed([]),
    pending: Effect.succeed([]),
    preview: Effect.succeed([]),
    reload: (reason) => Effect.succeed({ version: 1, atMillis: 0, reason, changes: [] }),
    rollback: (version = 0) => Effect.fail(new NoSuchVersion({ version, kept: [] }))
  })),
  Layer.merge(Layer.sync(Operations, OperationTable.make))
)

/** For Layers that are made without a kernel: later versions of the settings never come. */
export const still: Live<never> = { onChange: () => Effect.void }
