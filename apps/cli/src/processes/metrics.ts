/** The metrics of the first process about the others. */
import * as Metric from "effect/Metric"

/** Attribute: `state`, one of starting, running, draining. */
export const processes = Metric.gauge("heptad_processes", { description: "Processes that serve the port, by state" })

/** Attribute: `reason`, `ended` or `asked`. */
export const restarts = Metric.counter("heptad_process_restarts_total", {
  description: "Processes that were started in the place of another one",
  incremental: true
})

/** Connections that no process could take. */
export const unplaced = Metric.counter("heptad_connections_unplaced_total", {
  description: "Connections closed because no process could take them",
  incremental: true
})
