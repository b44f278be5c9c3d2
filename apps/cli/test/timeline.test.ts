import type { PluginStatus } from "@heptad/kernel"
import { expect, it } from "vitest"
import { explain, render } from "../src/start/timeline.ts"

const status = (
  name: string,
  wave: number,
  startedAtMillis: number,
  buildMillis: number,
  more: Partial<PluginStatus> = {}
): PluginStatus => ({
  name,
  version: "0.1.0",
  attempt: 1,
  waitingFor: [],
  paths: [],
  state: "started",
  wave,
  startedAtMillis,
  buildMillis,
  ...more
})

const boot = [
  status("orders", 2, 750, 250, { waitingFor: ["database", "network"] }),
  status("network", 1, 10, 40, { waitingFor: ["logger"] }),
  status("logger", 0, 0, 10),
  status("database", 1, 10, 740, { waitingFor: ["logger"] })
]

it("draws each plugin where its build stood in the boot, in the order of the waves, the critical path dark", () => {
  expect(render(boot)).toEqual([
    "logger    0.1.0  │█                       │    10 ms",
    "network   0.1.0  │░                       │    40 ms",
    "database  0.1.0  │██████████████████      │   740 ms",
    "orders    0.1.0  │                  ██████│   250 ms"
  ])
})

it("says the critical path: back from the plugin that was ready last", () => {
  expect(explain(boot)).toBe("Critical path: logger 10 ms > database 740 ms > orders 250 ms.")
})

it("says who needed several tries, and who is not there", () => {
  const rows = render([
    status("database", 0, 0, 10, { attempt: 3 }),
    status("network", 0, 0, 10, { state: "degraded", problem: "port 8080 is taken" })
  ])
  expect(rows.map((row) => row.split("ms")[1])).toEqual(["  attempt 3", "  degraded: port 8080 is taken"])
})

it("draws a boot that took no time at all", () => {
  expect(render([status("a", 0, 0, 0)])).toEqual(["a  0.1.0  │█                       │     0 ms"])
  expect(render([])).toEqual([])
})
