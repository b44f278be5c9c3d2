/** Counts what went wrong, by code, over restarts where the settings say so. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { ErrorCode } from "./ErrorCode.ts"

export interface ErrorCount {
  readonly code: ErrorCode
  readonly count: number
  readonly firstSeenMillis: number
  readonly lastSeenMillis: number
  /** The message of the latest one. */
  readonly sample: string
}

export class ErrorRegistry extends Context.Service<ErrorRegistry, {
  /** Counts a failure by the code that it carries (`common.internal_error` when it carries none). Never fails. */
  readonly record: (error: unknown) => Effect.Effect<ErrorCode>
  readonly counts: Effect.Effect<ReadonlyArray<ErrorCount>>
}>()("@heptad/common/ErrorRegistry") {}
