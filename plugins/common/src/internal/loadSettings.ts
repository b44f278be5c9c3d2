/** Files, environment and flags become one tree. The order of the steps is the precedence. */
import type { Setting } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import type { Options } from "../SettingsFiles.ts"
import { fillEmptyGroups } from "./emptyGroups.ts"
import { applyEnvironment } from "./environment.ts"
import { inherit } from "./inherit.ts"
import { interpolate } from "./interpolate.ts"
import { toTree } from "./node.ts"
import { applyOverrides } from "./overrides.ts"
import { readFiles } from "./settingsFiles.ts"

export const loadSettings = Effect.fnUntraced(function*(
  { environment, files, overrides }: Options,
  known: ReadonlyArray<Setting.Description>
) {
  const fromFiles = yield* readFiles(files)
  const withEnvironment = yield* applyEnvironment(
    fillEmptyGroups(fromFiles.root, known),
    known,
    environment
  )
  const withOverrides = applyOverrides(withEnvironment.root, overrides)
  // Last, so that a reference that was overridden need not be set.
  const final = interpolate(inherit(withOverrides.root, known), environment)
  return {
    tree: toTree(final.root),
    faults: [...fromFiles.faults, ...withEnvironment.faults, ...withOverrides.faults, ...final.faults],
    aliases: withEnvironment.aliases
  }
})
