/** For tests of plugins and compositions: settings from a plain object. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SettingsSource } from "./Settings.ts"

const originsOf = (value: unknown, path: string): ReadonlyArray<[string, string]> =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, child]) => originsOf(child, path === "" ? key : `${path}.${key}`))
    : [[path, "test settings"]]

/** Settings as they would stand in the files; every leaf has the origin "test settings". */
export const settings = (value: Readonly<Record<string, unknown>>) =>
  Layer.succeed(SettingsSource, () => Effect.succeed({ value, origins: new Map(originsOf(value, "")), faults: [] }))
