import { expect, it } from "vitest"
import type { Status } from "../src/control/answers.ts"
import { verdict } from "../src/control/verdict.ts"

type Plugin = Status["plugins"][number]

const plugin = (name: string, more: Partial<Plugin> = {}): Plugin => ({
  name,
  version: "0.1.0",
  state: "started",
  wave: 0,
  attempt: 1,
  startedAtMillis: 0,
  buildMillis: 3,
  ...more
})

const process = (process: number, more: Partial<NonNullable<Status["processes"]>[number]> = {}) => ({
  process,
  pid: 4711 + process,
  state: "running",
  healthy: true,
  up_ms: 1000,
  restarts: 0,
  connections: 3,
  away: [],
  failing: [],
  ...more
})

const status = (more: Partial<Status>): Status => ({
  phase: "running",
  booted_at_ms: 0,
  plugins: [plugin("logger")],
  stopping: [],
  settings_version: 1,
  pending: [],
  ...more
})

const degraded = plugin("database", { state: "degraded", problem: "connection refused" })
const busy = plugin("database", { state: "retrying", attempt: 3, buildMillis: 12_000, problem: "connection refused" })
const waiting = plugin("orders", { state: "waiting", attempt: 0 })
const over = { step: "accept", budgetMillis: 20_000, startedAtMillis: 0, millis: 4, cut: [] }
const now = { step: "requests", budgetMillis: 20_000, startedAtMillis: 4, cut: [] }

it.each([
  [{}, "Serving."],
  [{ processes: [process(0), process(1)] }, "Serving. 2 processes."],
  [
    { processes: [process(0), process(1, { state: "starting" }), process(2, { healthy: false })] },
    "Serving. 1 of 3 processes: 1 starting, 2 does not answer."
  ],
  [
    { plugins: [plugin("logger"), degraded] },
    "Serving. 1 plugin degraded: database: connection refused"
  ],
  [
    { plugins: [degraded, plugin("orders", { state: "degraded" })] },
    "Serving. 2 plugins degraded: database: connection refused; orders"
  ],
  [
    { phase: "starting", plugins: [plugin("logger"), busy, waiting] },
    "Starting: waits for database (12 s, attempt 3: connection refused)."
  ],
  [{ phase: "starting", plugins: [] }, "Starting."],
  [{ phase: "draining", stopping: [over, now] }, "Draining: requests (of 20 s)."],
  [{ phase: "draining", stopping: [over] }, "Draining."],
  [{ phase: "stopped" }, "Stopped."],
  [
    { plugins: [plugin("a", { state: "failed", problem: "\u001b[31mred" })] },
    "Serving. 1 plugin degraded: a: \\u001b[31mred"
  ]
])("says in one sentence how the app does: %j", (given, expected) => {
  expect(verdict(status(given))).toBe(expected)
})
