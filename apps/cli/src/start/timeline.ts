/** The boot as a time line, one row a plugin: when its build began, how long it took. Pure. */
import type { PluginStatus } from "@heptad/kernel"

const width = 24

const bar = (status: PluginStatus, total: number): string => {
  const scale = width / Math.max(total, 1)
  const from = Math.min(Math.round(status.startedAtMillis * scale), width - 1)
  const length = Math.max(1, Math.min(Math.round(status.buildMillis * scale), width - from))
  return `${" ".repeat(from)}${"█".repeat(length)}`.padEnd(width)
}

/** Rows such as `database    0.1.0  |   ██████     |  812 ms`. */
export const render = (plugins: ReadonlyArray<PluginStatus>): ReadonlyArray<string> => {
  const rows = plugins.toSorted((a, b) => a.wave - b.wave || a.startedAtMillis - b.startedAtMillis)
  const total = Math.max(0, ...rows.map((row) => row.startedAtMillis + row.buildMillis))
  const name = Math.max(0, ...rows.map((row) => row.name.length))
  return rows.map((row) =>
    `${row.name.padEnd(name)}  ${row.version}  │${bar(row, total)}│ ${String(row.buildMillis).padStart(5)} ms`
  )
}
