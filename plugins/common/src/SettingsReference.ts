/** Everything that settings files may hold, for people and for editors; read from the Schemas that also decode it. */
import type { Settings } from "@heptad/kernel"
import * as Deployment from "./internal/deployment.ts"
import { jsonSchemaOf } from "./internal/jsonSchema.ts"
import * as Setting from "./Setting.ts"

/** The sections of these plugins, and the one that belongs to no plugin. */
const sections = (plugins: ReadonlyArray<Settings.Section>) => [...plugins, Deployment.section]

/** Every setting of an app of these plugins, those inside the items of lists and maps included. */
export const all = (plugins: ReadonlyArray<Settings.Section>): ReadonlyArray<Setting.Description> =>
  Setting.reference(sections(plugins))

/** JSON Schema (2020-12) of the settings files of an app of these plugins: closed, with descriptions and defaults. */
export const jsonSchema = (plugins: ReadonlyArray<Settings.Section>) => jsonSchemaOf(sections(plugins))
