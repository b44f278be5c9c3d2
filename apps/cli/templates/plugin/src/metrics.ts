/** Every metric. */
import * as Metric from "effect/Metric"

export const entries = Metric.gauge("sample_entries", { description: "Entries kept" })

export const refused = Metric.counter("sample_refused_total", {
  description: "Entries refused because it was full",
  incremental: true
})
