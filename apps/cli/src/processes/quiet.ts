/** A plugin whose advice somebody else tells. */
import type { Plugin } from "@heptad/kernel"
import * as Exit from "effect/Exit"

export const quiet = (plugin: Plugin.Any): Plugin.Any => ({
  ...plugin,
  prepare: (section, keys) => Exit.map(plugin.prepare(section, keys), (prepared) => ({ ...prepared, advice: [] }))
})
