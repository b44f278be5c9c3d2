/** The metrics of the codecs. */
import * as Metric from "effect/Metric"

/** Attributes: `codec`, messagepack or json; `operation`, encode or decode; `outcome`, ok or refused. */
export const operations = Metric.counter("container_operations_total", {
  description: "Payloads encoded and decoded",
  incremental: true
})

/** Bytes of the payloads that went through, as they came or left. Attributes: `codec`, `operation`. */
export const bytes = Metric.counter("container_bytes_total", {
  description: "Bytes of payloads encoded and decoded",
  incremental: true
})
