import { MonitoringPlugin } from "@heptad/monitoring/plugin"
import * as Exit from "effect/Exit"
import { expect, it } from "vitest"

const told = (section: unknown) =>
  Exit.map(MonitoringPlugin.prepare(section, "error"), ({ advice }) => advice.map(({ message }) => message))

const rules = (...all: ReadonlyArray<string>) => all.map((expr) => ({ name: "a", expr, duration: "10m" }))

it("tells that readiness keeps the times of its checks", () => {
  expect(told({ health: { checks: [{ name: "liveness", interval: "1s" }, { name: "readiness", timeout: "1s" }] } }))
    .toEqual(Exit.succeed([
      "setting not applied: monitoring.health.checks: interval and timeout of readiness have no effect, " +
      "every check keeps the times of its plugin"
    ]))
})

it("tells which metrics of the rules a prefix renames, standard ones and functions not among them", () => {
  const exprs = rules(
    `sum(rate(http_requests_total{status=~"5.."}[5m])) by (method) > 0.05 and process_resident_memory_bytes > 8GB`,
    "app_logger_queue_depth > 1 or http_requests_total offset 5m < 2"
  )
  expect(told({ prometheus: { namespace: "app" }, alerts: { rules: exprs } })).toEqual(Exit.succeed([
    "monitoring.alerts.rules asks for http_requests_total, but monitoring.prometheus.namespace and subsystem win: " +
    "/metrics serves app_http_requests_total. Write the prefix into rules and dashboards, or leave it out."
  ]))
  expect(told({ alerts: { rules: exprs } })).toEqual(Exit.succeed([]))
})

it("tells an alert on a bare counter, which never ends", () => {
  expect(told({ alerts: { rules: rules("up < 1", `error_count_total{code="x"} >= 100`) } })).toEqual(Exit.succeed([
    "monitoring.alerts.rules.1.expr compares the counter error_count_total with 100: a counter never falls, so the " +
    "alert never ends, whatever monitoring.alerts.rules.1.duration says. Write increase(error_count_total[10m]) > 100."
  ]))
  expect(told({ alerts: { rules: rules("increase(error_count_total[5m]) > 100", "depth > 100") } }))
    .toEqual(Exit.succeed([]))
})

it("tells an address of Alertmanager that is gone", () => {
  expect(told({ alerts: { webhook_url: "https://alertmanager:9093/api/v1/alerts" } })).toEqual(Exit.succeed([
    "monitoring.alerts.webhook_url ends with /api/v1/alerts, which Alertmanager removed in 0.27: write /api/v2/alerts."
  ]))
  expect(told({ alerts: { webhook_url: "https://alertmanager:9093/api/v2/alerts" } })).toEqual(Exit.succeed([]))
})
