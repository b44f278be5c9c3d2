/** Counts and times statements, and tells the error registry what is the server's or our own fault. */
import { type ErrorCode, ErrorRegistry } from "@heptad/common"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { errorCodeOf } from "../errorCodeOf.ts"
import * as Metrics from "../metrics.ts"
import { Durations } from "./durations.ts"
import type { Observer } from "./MeasuredConnection.ts"
import * as Watch from "./queries/Watch.ts"

/** Failures of the server or of ourselves; a wrong value of a client is only counted in the metric. */
const isOperational = (code: ErrorCode.ErrorCode): boolean => code.httpStatus >= 500

const showDurations = Effect.fnUntraced(function*(durations: Durations) {
  const context = yield* Effect.context<never>()
  const hooks: Metric.Metric.Hooks<number, Metric.SummaryState> = {
    get: () => durations.state(performance.now()),
    update: () => undefined,
    modify: () => undefined
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => Metric.registerUnsafe(Metrics.queryDuration, context, hooks)),
    (registration) => Effect.sync(registration.remove)
  )
})

/** What is counted of each statement, as plain calls. */
export const observer = Effect.fnUntraced(function*(current: Watch.Current) {
  const watch = yield* Watch.of(current)
  const context = yield* Effect.context<never>()
  const registry = yield* ErrorRegistry
  const durations = new Durations()
  yield* showDurations(durations)
  const result: Observer = {
    begun: watch.begun,
    ended: (sql, startedAt, result, span) => {
      const now = performance.now()
      const seconds = (now - startedAt) / 1000
      durations.record(seconds, now)
      Metrics.durationOf(sql).updateUnsafe(seconds, context)
      return watch.ended(sql, seconds, result, span)
    },
    failed: (error) => {
      const code = errorCodeOf(error)
      Metrics.errorsOf(code.name.replace(/^\w+\./, "")).updateUnsafe(1, context)
      return isOperational(code) ? registry.record({ errorCode: code, message: error.message }) : Effect.void
    }
  }
  return result
})
