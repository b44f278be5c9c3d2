/**
 * The settings while the app runs: where every value comes from, what changed since the start, and the way to a new
 * version. A version is checked whole before anything moves; a faulty one changes nothing.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { KernelError, NoSuchVersion } from "./errors.ts"
import type { SettingsTree } from "./Settings.ts"
import type { Change } from "./settingsDiff.ts"

/** What a version of the settings brought. */
export interface SettingsVersion {
  /** Counted from 1, the version that the app started with. */
  readonly version: number
  readonly atMillis: number
  /** `start`, `reload: <what asked for it>`, `rollback to <version>`. */
  readonly reason: string
  /** Against the version before. */
  readonly changes: ReadonlyArray<Change>
}

/** Provided to every plugin by the kernel; needs no contract. */
export class LiveSettings extends Context.Service<LiveSettings, {
  readonly current: Effect.Effect<SettingsTree>
  /** At most the last 10, newest first. */
  readonly versions: Effect.Effect<ReadonlyArray<SettingsVersion>>
  /** Changes since the start that wait for a restart of their plugin. */
  readonly pending: Effect.Effect<ReadonlyArray<Change>>
  /** What a reload would change now; changes nothing. */
  readonly preview: Effect.Effect<ReadonlyArray<Change>, KernelError>
  /** Reads the settings again and applies what can be applied in place. Answers the same version when nothing changed. */
  readonly reload: (reason: string) => Effect.Effect<SettingsVersion, KernelError>
  /** Applies a kept version again, the one before the current one by default. The files are left as they are. */
  readonly rollback: (version?: number) => Effect.Effect<SettingsVersion, KernelError | NoSuchVersion>
}>()("@heptad/kernel/LiveSettings") {}
