/** What the settings of a composition may be, whether or not what is written is right. */
import { Deployment } from "@heptad/common"
import type { Settings } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import { composeAll } from "../composition/compose.ts"
import type { Given } from "../settingsFlags.ts"

export const read = Effect.fnUntraced(function*(given: Given) {
  const { plugins, source } = yield* composeAll(given)
  const sections: ReadonlyArray<Settings.Section> = [{ name: "deployment", config: Deployment }, ...plugins]
  return { sections, tree: yield* source.read(plugins) }
})
