/** How many processes the settings want. */
import type { Settings } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import type { Composition } from "../composition/compose.ts"

const wanted = ({ settings }: Settings.SettingsTree): unknown =>
  settings.find(({ key }) => key === "network.listen.processes")?.value

/** Loaded only when it is asked: an app need not have the plugin. */
const cpus = Effect.map(Effect.promise(() => import("@heptad/thread/plugin")), ({ cpus }) => cpus())

/** One where no plugin serves a port, and where the settings are at fault, which the start will tell. */
export const countOf = Effect.fnUntraced(function*({ plugins, source }: Composition) {
  const network = plugins.filter(({ name }) => name === "network")
  const value = network.length === 0 ? 1 : wanted(yield* source.read(network))
  const count = value === "auto" ? yield* cpus : Number(value)
  return Number.isInteger(count) && count > 0 ? count : 1
})
