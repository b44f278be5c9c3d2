/** Files, environment and flags become one tree. The order of the steps is the precedence. */
import { InvalidSetting, Settings } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import process from "node:process"
import * as Advice from "../Advice.ts"
import * as Setting from "../Setting.ts"
import type { Options } from "../SettingsFiles.ts"
import * as Deployment from "./deployment.ts"
import { fillEmptyGroups } from "./emptyGroups.ts"
import { applyEnvironment } from "./environment.ts"
import { inherit } from "./inherit.ts"
import { interpolate } from "./interpolate.ts"
import { lints } from "./lints.ts"
import { toTree } from "./node.ts"
import { applyOverrides } from "./overrides.ts"
import { readFiles } from "./settingsFiles.ts"
import { strangers } from "./strangers.ts"

export const loadSettings = Effect.fnUntraced(function*(
  { environment, files, overrides }: Options,
  plugins: ReadonlyArray<Settings.Section>
) {
  const sections = [Deployment.section, ...plugins]
  const known = Setting.describeAll(sections)
  const fromFiles = yield* readFiles(files)
  const withEnvironment = yield* applyEnvironment(fillEmptyGroups(fromFiles.root, known), known, environment)
  const withOverrides = applyOverrides(withEnvironment.root, overrides)
  // Last, so that a reference that was overridden need not be set.
  const final = interpolate(inherit(withOverrides.root, known), environment)
  const tree = toTree(final.root)
  const faults = [...fromFiles.faults, ...withEnvironment.faults, ...withOverrides.faults, ...final.faults]
  return Deployment.apply({
    ...Settings.empty,
    ...tree,
    faults: faults.map((fault) => new InvalidSetting(fault)),
    settings: Setting.leaves(sections, tree),
    advice: [
      ...withEnvironment.advice,
      ...strangers(environment, known),
      ...lints(tree.value, known),
      ...Setting.notApplied(sections, tree, process.platform).map(({ key, origin, why }) =>
        Advice.notApplied(key, why, origin)
      )
    ],
    files: fromFiles.files
  }, plugins)
})
