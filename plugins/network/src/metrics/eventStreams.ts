/** Event streams: how many are under way, how many the stop has ended. */
import * as Metric from "effect/Metric"

/** Answers of the type text/event-stream that are under way. */
export const eventStreams = Metric.gauge("sse_streams_active", { description: "Event streams under way" })

/** Event streams that a stop has ended. */
export const eventStreamsDrained = Metric.counter("sse_streams_drained_total", {
  description: "Event streams ended by the stop",
  incremental: true
})
