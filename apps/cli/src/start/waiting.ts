/** On whom a boot waits, as a person reads it. Pure. */
import type { PluginStatus, Settings } from "@heptad/kernel"

type Policies = Settings.SettingsTree["policies"]

const seconds = (millis: number): string => `${(Math.max(0, millis) / 1000).toFixed(1)} s`

const attempt = ({ attempt: n, name, state }: PluginStatus, policies: Policies): ReadonlyArray<string> => {
  const policy = policies[name]
  if (policy === undefined || policy.onFailure === "abort" || (n === 1 && state === "starting")) return []
  return [policy.onFailure === "retry" ? `attempt ${n} of ${policy.attempts}` : `attempt ${n}`]
}

/** Who waits for it, also by way of others. */
const behind = (name: string, plugins: ReadonlyArray<PluginStatus>): ReadonlyArray<string> => {
  const found = new Set([name])
  const waiting = plugins.filter(({ state }) => state === "waiting").toSorted((a, b) => a.wave - b.wave)
  for (const plugin of waiting) if (plugin.waitingFor.some((other) => found.has(other))) found.add(plugin.name)
  return [...found].slice(1)
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ")

const row = (
  plugin: PluginStatus,
  plugins: ReadonlyArray<PluginStatus>,
  elapsed: number,
  policies: Policies
): string => {
  const waiters = behind(plugin.name, plugins)
  return [
    `${plugin.name} ${plugin.state}`,
    seconds(elapsed - plugin.startedAtMillis),
    ...attempt(plugin, policies),
    ...(waiters.length === 0 ? [] : [`behind it: ${waiters.join(", ")}`]),
    // At the end, because it is what a narrow terminal may cut.
    ...(plugin.problem === undefined ? [] : [`last error: ${oneLine(plugin.problem)}`])
  ].join(", ")
}

/** One row for each plugin that is being built or tried again; `elapsed` counts from the start of the boot. */
export const rows = (
  plugins: ReadonlyArray<PluginStatus>,
  elapsed: number,
  policies: Policies
): ReadonlyArray<string> =>
  plugins.filter(({ state }) => state === "starting" || state === "retrying").map((plugin) =>
    row(plugin, plugins, elapsed, policies)
  )

/** All of it in one line, for a terminal that cannot be drawn on and for log files. */
export const line = (plugins: ReadonlyArray<PluginStatus>, elapsed: number, policies: Policies): string =>
  `heptad: starting since ${seconds(elapsed)}: ${rows(plugins, elapsed, policies).join("; ")}`
