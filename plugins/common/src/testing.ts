/** For tests of other packages: every service of the common contract with nothing left behind, and settings that change. */
import { LiveSettings, Settings } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { ErrorDetail } from "./ErrorDetail.ts"
import { ErrorRegistry } from "./ErrorRegistry.ts"
import { EventBus } from "./EventBus.ts"
import { FeatureFlags } from "./FeatureFlags.ts"
import { HealthRegistry } from "./HealthRegistry.ts"
import * as TemporaryDirectory from "./internal/temporaryDirectory.ts"
import { Pressure } from "./Pressure.ts"
import * as Setting from "./Setting.ts"

/**
 * A data directory below the system's temporary folder (removed when the scope closes), an error registry in memory, no
 * detailed errors, no feature flags.
 */
export const layerMemory = Layer.mergeAll(
  TemporaryDirectory.layer,
  ErrorDetail.layer(false),
  ErrorRegistry.layerMemory,
  EventBus.layer,
  FeatureFlags.layer({}),
  HealthRegistry.layer,
  Pressure.layer
)

/**
 * Sections of the settings as they would stand in the files, which a test changes while the app runs. `timing`: what an app of
 * the test does not have its usual time for.
 */
export const changingSettings = (first: Settings.SettingsTree["value"], timing: Partial<Settings.Timing> = {}) => {
  let value = first
  const read: Settings.Source["read"] = (sections) =>
    Effect.sync(() => {
      const written = { value, origins: new Map<string, string>() }
      return {
        ...Settings.empty,
        ...written,
        settings: Setting.leaves(sections, written),
        timing: { ...Settings.empty.timing, ...timing }
      }
    })
  return {
    layer: Layer.succeed(Settings.SettingsSource, { read, changes: Stream.never }),
    /** Writes all sections anew and has the app read them. */
    change: (next: Settings.SettingsTree["value"]) =>
      Effect.suspend(() => {
        value = next
        return LiveSettings.use(({ reload }) => reload("test"))
      })
  }
}
