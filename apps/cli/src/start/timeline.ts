/**
 * The boot as a time line, one row a plugin: when its build began, how long it took. The critical path is what the boot
 * waited for: whoever wants it shorter begins there. Pure.
 */
import type { PluginStatus } from "@heptad/kernel"

const width = 24

const endOf = ({ buildMillis, startedAtMillis }: PluginStatus): number => startedAtMillis + buildMillis

const last = (plugins: ReadonlyArray<PluginStatus>): PluginStatus | undefined =>
  plugins.reduce<PluginStatus | undefined>(
    (latest, plugin) => latest === undefined || endOf(plugin) > endOf(latest) ? plugin : latest,
    undefined
  )

/** The plugin that was ready last, and back: of those that it waited for the one that was ready last. First to last. */
const criticalPath = (plugins: ReadonlyArray<PluginStatus>): ReadonlyArray<PluginStatus> => {
  const path: Array<PluginStatus> = []
  let step = last(plugins)
  while (step !== undefined) {
    path.unshift(step)
    const { waitingFor } = step
    step = last(plugins.filter(({ name }) => waitingFor.includes(name)))
  }
  return path
}

const bar = (status: PluginStatus, total: number, fill: string): string => {
  const scale = width / Math.max(total, 1)
  const from = Math.min(Math.round(status.startedAtMillis * scale), width - 1)
  const length = Math.max(1, Math.min(Math.round(status.buildMillis * scale), width - from))
  return `${" ".repeat(from)}${fill.repeat(length)}`.padEnd(width)
}

/** What is not as one would expect of a plugin after the boot. */
const remark = ({ attempt, problem, state }: PluginStatus): string =>
  state === "started"
    ? (attempt > 1 ? `  attempt ${attempt}` : "")
    : `  ${state}${problem === undefined ? "" : `: ${problem}`}`

/** Rows such as `database    0.1.0  │   ██████     │  812 ms`; dark bars are the critical path. */
export const render = (plugins: ReadonlyArray<PluginStatus>): ReadonlyArray<string> => {
  const rows = plugins.toSorted((a, b) => a.wave - b.wave || a.startedAtMillis - b.startedAtMillis)
  const total = Math.max(0, ...rows.map(endOf))
  const name = Math.max(0, ...rows.map((row) => row.name.length))
  const version = Math.max(0, ...rows.map((row) => row.version.length))
  const critical = new Set(criticalPath(plugins))
  return rows.map((row) => {
    const drawn = bar(row, total, critical.has(row) ? "█" : "░")
    const millis = String(row.buildMillis).padStart(5)
    return `${row.name.padEnd(name)}  ${row.version.padEnd(version)}  │${drawn}│ ${millis} ms${remark(row)}`
  })
}

/** The critical path as a sentence. */
export const explain = (plugins: ReadonlyArray<PluginStatus>): string =>
  `Critical path: ${criticalPath(plugins).map(({ buildMillis, name }) => `${name} ${buildMillis} ms`).join(" > ")}.`
