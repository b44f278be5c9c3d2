/** Counts what went wrong, by code, over restarts where the settings say so. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import type * as Path from "effect/Path"
import * as ErrorCode from "./ErrorCode.ts"
import * as ErrorCounts from "./internal/errorCounts.ts"
import { keep } from "./internal/errorFile.ts"
import { errorCount } from "./metrics.ts"
import type { Pace } from "./Pace.ts"

export interface ErrorCount {
  readonly code: ErrorCode.ErrorCode
  readonly count: number
  readonly firstSeenMillis: number
  readonly lastSeenMillis: number
  /** The message of the latest one, at most 500 characters. */
  readonly sample: string
}

/** Where the counts survive a restart. */
export interface ErrorRegistryFile {
  /** JSON; replaced atomically, readable by this user only. A damaged one is set aside with a warning. */
  readonly path: string
  /** How often changed counts are written; they are also written when the scope closes. */
  readonly flushPace: Pace
}

const meter = (code: ErrorCode.ErrorCode) => Metric.update(Metric.withAttributes(errorCount, { code: code.name }), 1)

const serve = (counts: ErrorCounts.ErrorCounts) => ({
  record: Effect.fn("ErrorRegistry.record")(function*(error: unknown) {
    const now = yield* Clock.currentTimeMillis
    const code = counts.add(Cause.isCause(error) ? Cause.squash(error) : error, now)
    yield* meter(code)
    return code
  }),
  counts: Effect.sync(counts.all)
})

export class ErrorRegistry extends Context.Service<ErrorRegistry, {
  /**
   * Counts a failure (an error or a Cause) by the code that it carries (`common.internal_error` when it carries none).
   * Never fails.
   */
  readonly record: (error: unknown) => Effect.Effect<ErrorCode.ErrorCode>
  /** What happened since the first start that kept counts, highest code number first. */
  readonly counts: Effect.Effect<ReadonlyArray<ErrorCount>>
}>()("@heptad/common/ErrorRegistry") {
  /** Counts in memory. */
  static readonly layerMemory = Layer.sync(ErrorRegistry, () => serve(ErrorCounts.make()))

  /** Counts that survive a restart. */
  static readonly layer = (
    file: ErrorRegistryFile
  ): Layer.Layer<ErrorRegistry, never, FileSystem.FileSystem | Path.Path> =>
    Layer.effect(
      ErrorRegistry,
      Effect.gen(function*() {
        const counts = ErrorCounts.make()
        yield* keep(file.path, file.flushPace, counts)
        return serve(counts)
      })
    )

  /** Keeps no counts: only the metric is updated. */
  static readonly layerMetricOnly = Layer.succeed(ErrorRegistry, {
    record: (error) => {
      const code = ErrorCode.ofError(Cause.isCause(error) ? Cause.squash(error) : error)
      return Effect.as(meter(code), code)
    },
    counts: Effect.succeed([])
  })
}
