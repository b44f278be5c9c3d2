/** What every file of cases/ exports. */
import type * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import type * as Scope from "effect/Scope"
import type { AnswersDiffer, AttackerMissing, LoadFailed, ServerNotReady, TooFewFiles } from "./errors.ts"
import type { Report } from "./report.ts"

export interface Options {
  readonly rounds: number
  /** One-second slices per server, work and round. */
  readonly seconds: number
  /** Names of sides and of works; empty means all. */
  readonly only: ReadonlyArray<string>
  readonly works: ReadonlyArray<string>
  /** Folder of another checkout, measured as the state before. */
  readonly before: string | undefined
  /** Let that program attack instead of the generator of the benchmark. */
  readonly slowhttptest: boolean
}

/** How often and how long everybody is measured. */
export type Extent = Pick<Options, "rounds" | "seconds">

/** The flags that a benchmark has beside those of all. */
export interface Choices {
  /** What `--only` and `--works` may name. */
  readonly sides?: ReadonlyArray<string>
  readonly works?: ReadonlyArray<string>
  readonly before?: boolean
  readonly slowhttptest?: boolean
}

export interface Benchmark {
  /** One line for `--help`. */
  readonly description: string
  readonly defaults: Extent
  readonly choices?: Choices
  readonly run: (options: Options) => Effect.Effect<
    Report,
    AnswersDiffer | AttackerMissing | LoadFailed | ServerNotReady | TooFewFiles | PlatformError,
    ChildProcessSpawner.ChildProcessSpawner | FileSystem.FileSystem | Scope.Scope
  >
}
