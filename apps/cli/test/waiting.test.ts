import type { PluginStatus } from "@heptad/kernel"
import * as Duration from "effect/Duration"
import { expect, it } from "vitest"
import { line, rows } from "../src/start/waiting.ts"

const status = (name: string, more: Partial<PluginStatus>): PluginStatus => ({
  name,
  version: "0.1.0",
  attempt: 1,
  waitingFor: [],
  paths: [],
  state: "waiting",
  wave: 0,
  startedAtMillis: 0,
  buildMillis: 0,
  ...more
})

const plugins = [
  status("orders", { wave: 3, waitingFor: ["accounts"] }),
  status("accounts", { wave: 2, waitingFor: ["database"] }),
  status("logger", { state: "started" }),
  status("database", {
    wave: 1,
    state: "retrying",
    attempt: 2,
    startedAtMillis: 500,
    problem: "db:5432 does not\n answer"
  }),
  status("network", { wave: 1, state: "starting", startedAtMillis: 500 })
]

const database = {
  onFailure: "retry",
  attempts: 5,
  initialBackoff: Duration.seconds(1),
  maxBackoff: Duration.seconds(30)
} as const

it("says who is being built, for how long, which try of how many, the last error, and who waits behind", () => {
  expect(rows(plugins, 3700, { database })).toEqual([
    "database retrying, 3.2 s, attempt 2 of 5, behind it: accounts, orders, last error: db:5432 does not answer",
    "network starting, 3.2 s"
  ])
})

it("knows no last try of a plugin that the app goes on without", () => {
  expect(rows(plugins, 3700, { database: { ...database, onFailure: "degrade" } })[0]).toContain("attempt 2, behind")
})

it("fits into one line", () => {
  expect(line(plugins.slice(2), 3700, {})).toBe(
    "heptad: starting since 3.7 s: database retrying, 3.2 s, last error: db:5432 does not answer; network starting, 3.2 s"
  )
})
