/** The metrics of the kernel. */
import * as Metric from "effect/Metric"

const counter = (name: string, description: string) => Metric.counter(name, { description, incremental: true })

/** Attribute: `step`, one of lame_duck, accept, requests, jobs, close. */
export const cut = counter("heptad_stop_cut_total", "Drain hooks and plugins that a stop cut after their budget.")

export const reloads = counter("config_reloads_total", "New versions of the settings that were applied.")

export const reloadFailures = counter(
  "config_reload_failures_total",
  "Versions of the settings that were refused: the old ones stayed in force."
)

/** The version of the settings that is in force, counted from 1 at the start. */
export const settingsVersion = Metric.gauge("config_version", {
  description: "Version of the settings in force, counted from 1 at the start."
})

/** Attribute: `plugin`. */
export const startFailures = counter("heptad_plugin_start_failures_total", "Tries to start a plugin that failed.")
