/** The handle on the running logger: levels, flushing, reopening of files. Writing goes through `Effect.log*`. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Level } from "./Level.ts"

export interface Levels {
  /** Threshold where no plugin has one of its own. */
  readonly default: Level
  /** Thresholds of single plugins, by plugin name. */
  readonly plugins: Readonly<Record<string, Level>>
}

export class LogControl extends Context.Service<LogControl, {
  /**
   * Changes the threshold of one plugin (its name as the kernel annotates it), or the default when `logger` is
   * undefined. Takes effect with the next record. A sink's own level stays in force: a sink at `warn` shows no `debug`.
   */
  readonly setLevel: (logger: string | undefined, level: Level) => Effect.Effect<void>
  readonly levels: Effect.Effect<Levels>
  /** Returns when everything logged before the call was handed to the operating system, or after 5 s at the latest. */
  readonly flush: Effect.Effect<void>
  /** Closes and opens the log files again, after something else renamed them; SIGHUP does it too. Never fails: a sink that cannot degrades. */
  readonly reopen: Effect.Effect<void>
}>()("@heptad/logger/LogControl") {}
