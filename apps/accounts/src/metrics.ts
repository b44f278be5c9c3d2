/** The metrics of accounts. */
import * as Metric from "effect/Metric"

/** Questions that were not answered from memory. */
export const loads = Metric.counter("permissions_loads_total", {
  description: "Times that the permissions of a subject were read from the database",
  incremental: true
})

/** 1 while changes of the tables are heard of, so that permissions may be remembered; else 0. */
export const following = Metric.gauge("permissions_following", {
  description: "Whether changes of roles and permissions are heard of"
})
