/** For tests of plugins and compositions: settings from a plain object. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { empty, SettingsSource, type SettingsTree } from "./Settings.ts"

/** Sections as they would stand in the files. Faults name "settings" as their origin, unless `more` has `origins`. */
export const settings = (value: SettingsTree["value"], more: Partial<SettingsTree> = {}) =>
  Layer.succeed(SettingsSource, () => Effect.succeed({ ...empty, ...more, value }))
