import type { PluginStatus } from "@heptad/kernel"
import { expect, it } from "vitest"
import { render } from "../src/start/timeline.ts"

const status = (name: string, wave: number, startedAtMillis: number, buildMillis: number): PluginStatus => ({
  name,
  version: "0.1.0",
  attempt: 1,
  waitingFor: [],
  paths: [],
  state: "started",
  wave,
  startedAtMillis,
  buildMillis
})

it("draws each plugin where its build stood in the boot, in the order of the waves", () => {
  expect(render([status("orders", 2, 750, 250), status("logger", 0, 0, 10), status("database", 1, 10, 740)])).toEqual([
    "logger    0.1.0  │█                       │    10 ms",
    "database  0.1.0  │██████████████████      │   740 ms",
    "orders    0.1.0  │                  ██████│   250 ms"
  ])
})

it("draws a boot that took no time at all", () => {
  expect(render([status("a", 0, 0, 0)])).toEqual(["a  0.1.0  │█                       │     0 ms"])
  expect(render([])).toEqual([])
})
