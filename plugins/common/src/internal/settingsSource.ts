/** The settings of files, environment and flags, and when they may have changed. */
import type { Settings } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Stream from "effect/Stream"
import { hangups } from "../Hangup.ts"
import * as Setting from "../Setting.ts"
import type { Options } from "../SettingsFiles.ts"
import * as Deployment from "./deployment.ts"
import { filesOf } from "./environment.ts"
import { type Digests, digestsOf, make as makeWatch, settingsFiles } from "./fileWatch.ts"
import { loadSettings } from "./loadSettings.ts"

interface Inputs {
  /** Settings files, directories of them, and the files that variables name. */
  readonly entries: ReadonlyArray<string>
  readonly digests: Digests
}

export const make = Effect.fnUntraced(function*(options: Options) {
  const context = yield* Effect.context<FileSystem.FileSystem>()
  /** What the app started with: a change between its reading and the start of the watch is found by it. */
  let inputs: Inputs | undefined

  const inputsOf = Effect.fnUntraced(function*(sections: ReadonlyArray<Settings.Section>) {
    const known = Setting.describeAll([Deployment.section, ...sections])
    const entries = [...options.files, ...filesOf(known, options.environment)]
    return { entries, digests: yield* digestsOf(entries) } satisfies Inputs
  })

  const read: Settings.Source["read"] = (sections) =>
    Effect.gen(function*() {
      inputs ??= yield* inputsOf(sections)
      return yield* loadSettings(options, sections)
    }).pipe(Effect.provideContext(context))

  const changed = Stream.suspend(() =>
    inputs === undefined
      ? Stream.never
      : Stream.fromEffectRepeat(makeWatch(inputs.entries, inputs.digests, settingsFiles))
  ).pipe(Stream.provideContext(context))

  return { read, changes: Stream.merge(changed, hangups) } satisfies Settings.Source
})
