/** Counts and times statements, and tells the error registry what is the server's or our own fault. */
import { type ErrorCode, ErrorRegistry } from "@heptad/common"
import * as Effect from "effect/Effect"
import { errorCodeOf } from "../errorCodeOf.ts"
import * as Metrics from "../metrics.ts"
import type { Observer } from "./MeasuredConnection.ts"

/** Failures of the server or of ourselves; a wrong value of a client is only counted in the metric. */
const isOperational = (code: ErrorCode.ErrorCode): boolean => code.httpStatus >= 500

/** What is counted of each statement, as plain calls. */
export const observer = Effect.fnUntraced(function*() {
  const context = yield* Effect.context<never>()
  const registry = yield* ErrorRegistry
  const result: Observer = {
    now: () => performance.now() / 1000,
    succeeded: (seconds) => Metrics.queryDuration.updateUnsafe(seconds, context),
    failed: (seconds, error) => {
      const code = errorCodeOf(error)
      Metrics.queryDuration.updateUnsafe(seconds, context)
      Metrics.errorsOf(code.name.replace(/^\w+\./, "")).updateUnsafe(1, context)
      return isOperational(code) ? registry.record({ errorCode: code, message: error.message }) : Effect.void
    }
  }
  return result
})
