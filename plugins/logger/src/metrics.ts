/** The metrics of the logger. The logger counts for itself and the registry reads it, so a record costs no metric update. */
import * as Metric from "effect/Metric"

/** Records that passed the threshold. Attribute: `level`, trace to fatal. */
export const messages = Metric.counter("logger_messages_total", {
  description: "Log records that passed the threshold",
  incremental: true
})

/** Records that wait to be written, all sinks together. */
export const queueDepth = Metric.gauge("logger_queue_depth", {
  description: "Log records waiting to be written, all sinks together"
})

/** Records that no sink got to keep. Attributes: `sink`; `reason`, one of queue_full, write_failed. */
export const dropped = Metric.counter("logger_dropped_messages_total", {
  description: "Log records that were lost",
  incremental: true
})

/** Records that went to standard error because their sink could not be written. Attribute: `sink`. */
export const diverted = Metric.counter("logger_diverted_messages_total", {
  description: "Log records written to standard error because their sink failed",
  incremental: true
})

/** Bytes that reached a sink. Attribute: `sink`. */
export const written = Metric.counter("logger_written_bytes_total", {
  description: "Bytes of log records written",
  incremental: true
})
