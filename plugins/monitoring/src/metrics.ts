/** Every metric that monitoring itself measures. Names are the guide's, then the usual ones of Prometheus clients. */
import * as Metric from "effect/Metric"

const gauge = (name: string, description: string) => Metric.gauge(name, { description })

export const residentMemory = gauge("process_resident_memory_bytes", "Resident memory of the process.")
export const memoryUsage = gauge("memory_usage_bytes", "Resident memory of the process, under the name of the guide.")
export const memoryLimit = gauge(
  "process_memory_limit_bytes",
  "Memory that the process may use: the limit of its control group, or the memory of the machine."
)
export const cpuSeconds = Metric.counter("process_cpu_seconds_total", {
  description: "User and system CPU time of the process, all threads.",
  incremental: true
})
export const startTime = gauge("process_start_time_seconds", "Start of the process, in seconds since 1970.")
export const openFiles = gauge("process_open_fds", "Open file descriptors; Linux only.")

export const heapUsed = gauge("nodejs_heap_size_used_bytes", "V8 heap in use.")
export const heapTotal = gauge("nodejs_heap_size_total_bytes", "V8 heap reserved.")
export const externalMemory = gauge("nodejs_external_memory_bytes", "Memory outside of the V8 heap, buffers included.")
export const loopDelayP50 = gauge(
  "nodejs_eventloop_delay_p50_seconds",
  "Median delay of the event loop since the last sample."
)
export const loopDelayP99 = gauge(
  "nodejs_eventloop_delay_p99_seconds",
  "99th percentile of the delay of the event loop since the last sample."
)
export const loopDelayMax = gauge(
  "nodejs_eventloop_delay_max_seconds",
  "Longest delay of the event loop since the last sample."
)
export const loopUtilization = gauge(
  "nodejs_eventloop_utilization",
  "Share of the time since the last sample in which the event loop was busy, 0 to 1."
)
export const loopBlocked = Metric.counter("nodejs_eventloop_blocked_total", {
  description: "How often the event loop did not answer its heartbeat in time.",
  incremental: true
})

/** Durations of garbage collections in seconds; the bounds are those of the usual dashboards. */
export const gcDuration = Metric.histogram("nodejs_gc_duration_seconds", {
  description: "Duration of garbage collections by kind: major, minor, incremental, weakcb.",
  boundaries: [0.001, 0.01, 0.1, 1, 2, 5]
})

export const pluginInfo = gauge("heptad_plugin_info", "1 for every plugin that started, with its version.")
export const pluginStart = gauge("heptad_plugin_start_duration_seconds", "How long the plugin took to start.")
export const bootDuration = gauge("heptad_boot_duration_seconds", "From the start of the boot to running.")

export const scrapeDuration = Metric.histogram("monitoring_scrape_duration_seconds", {
  description: "How long the metrics page took to write.",
  boundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5]
})

/**
 * Attributes: `operation`, a registered name, or `unknown` where the request was refused before its operation was looked up
 * or there is none of that name; `status`.
 */
export const controlRequests = Metric.counter("control_requests_total", {
  description: "Requests of the control API by operation and status.",
  incremental: true
})
