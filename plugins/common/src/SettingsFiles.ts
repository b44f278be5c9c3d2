/**
 * Settings from YAML and JSON files, directories, the environment and flags, merged with an origin for every leaf.
 * Precedence: flag, then environment, then later file, then earlier file, then the default of the Schema.
 *
 * - Maps merge, lists are replaced. A group without keys (all commented out) means its defaults.
 * - `${NAME}` and `${NAME:-default}` are replaced in texts of files and flags after parsing; `$${` stands for `${`.
 * - `NAME_FILE` names a file that holds the value of `NAME`. An empty variable counts as not set, whatever the setting.
 * - While the app runs, the files, and those that `NAME_FILE` names, are watched: by their content, through links (the `..data`
 *   of a Kubernetes ConfigMap) and renames. SIGHUP has all of it read again.
 * - At most 1 MiB, 32 levels, 100 aliases and 100,000 values per file, 256 files per directory.
 */
import { Settings } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"

export interface Options {
  /** YAML or JSON files, or directories of them (`*.yaml`, `*.yml`, `*.json` in name order); a later one wins. */
  readonly files: ReadonlyArray<string>
  /** `a.b.c=value` as given to `--set`; the value is YAML, so `logger.sinks=[...]` sets a list. */
  readonly overrides: ReadonlyArray<string>
  /** The environment of the process. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** `false`: nothing is watched and SIGHUP keeps its meaning; who wants the settings read again says so. Default: true. */
  readonly watch?: boolean
}

// Loaded when it is needed: whoever imports common for its services does not pay for a YAML parser.
const loader = Effect.promise(() => import("./internal/settingsSource.ts"))

/** What is wrong with the form of an override, `a.b.c=value`, whichever setting it names; undefined when nothing is. */
export const overrideFault = (override: string): Effect.Effect<string | undefined> =>
  Effect.map(Effect.promise(() => import("./internal/overrides.ts")), ({ formFault }) => formFault(override))

/**
 * Sets the kernel's `SettingsSource`. Nothing is read until the kernel asks, and nothing is watched until it follows the
 * changes; whatever is wrong then is in the tree's `faults`, all of it at once. Never fails.
 */
export const layer = (options: Options) =>
  Layer.effect(
    Settings.SettingsSource,
    Effect.gen(function*() {
      const context = yield* Effect.context<FileSystem.FileSystem>()
      const source = yield* Effect.cached(
        Effect.provideContext(Effect.flatMap(loader, ({ make }) => make(options)), context)
      )
      const read: Settings.Source["read"] = (sections) => Effect.flatMap(source, (from) => from.read(sections))
      const changes = Stream.unwrap(Effect.map(source, (from) => from.changes))
      return { read, changes: options.watch === false ? Stream.never : changes }
    })
  )
