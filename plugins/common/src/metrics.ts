/** The metrics of common. */
import * as Metric from "effect/Metric"

/** Failures recorded by the error registry. Attribute: `code`, a stable name of the registry. */
export const errorCount = Metric.counter("error_count_total", {
  description: "Failures recorded by the error registry",
  incremental: true
})

/** Events that a lagging subscriber lost. Attribute: `topic`. */
export const droppedEvents = Metric.counter("event_bus_dropped_events_total", {
  description: "Events dropped because a subscriber lagged behind",
  incremental: true
})

/** Answers of feature flags. Attributes: `flag`, and `variant`: on, off, or unknown without a flag. */
export const flagEvaluations = Metric.counter("feature_flag_evaluations_total", {
  description: "Answers of feature flags by variant",
  incremental: true
})

/** Health check rounds that did not pass. Attribute: `check`. */
export const failedChecks = Metric.counter("health_check_failures_total", {
  description: "Health check rounds that did not pass",
  incremental: true
})
