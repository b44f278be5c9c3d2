import { assert, describe, it } from "@effect/vitest"
import { Setting } from "@heptad/common"
import { Monitoring } from "@heptad/monitoring"
import { MonitoringPlugin } from "@heptad/monitoring/plugin"
import { scrape } from "@heptad/monitoring/testing"
import * as Effect from "effect/Effect"
import * as Yaml from "effect/encoding/Yaml"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { MonitoringConfig } from "../src/config.ts"
import { app, freePort, freePorts, getHealth, journal, result, url } from "./app.ts"

const guide = Schema.decodeUnknownSync(Schema.Struct({ monitoring: Schema.Record(Schema.String, Schema.Unknown) }))(
  Yaml.parse(readFileSync(new URL("../../../config/guide/monitoring.yaml", import.meta.url), "utf8"))
).monitoring

const decode = Schema.decodeUnknownExit(MonitoringConfig)

const group = (name: string) => {
  const value = guide[name]
  return Predicate.isObject(value) ? value : {}
}

const refuses = (section: Record<string, unknown>) =>
  Exit.isFailure(decode(section, { errors: "all", onExcessProperty: "error" }))

describe("the guide's monitoring.yaml", () => {
  it("decodes as printed", () => {
    const config = Exit.getSuccess(decode(guide, { errors: "all", onExcessProperty: "error" }))
    assert.strictEqual(config._tag, "Some")
  })

  it.effect("runs as printed, on free ports", () =>
    Effect.gen(function*() {
      const [health, metrics] = [yield* freePort, yield* freePort]
      const written = {
        ...guide,
        health: { ...group("health"), port: health },
        prometheus: { ...group("prometheus"), port: metrics }
      }
      yield* Effect.gen(function*() {
        assert.strictEqual((yield* getHealth("/health/ready")).status, 200)
        const page = yield* scrape(url((yield* Monitoring).metricsAddress, "/metrics"))
        assert.isAbove(
          page.sum("app_kcenon_memory_usage_bytes", { service: "my-service", environment: "production" }),
          0
        )
      }).pipe(Effect.provide(app(written, [result("database_connection")])))
    }))

  it.effect("tells which names no plugin registered, once the app runs", () => {
    const lines: Array<string> = []
    return Effect.gen(function*() {
      yield* getHealth("/health")
      assert.includeMembers(lines, [
        `monitoring.health.checks names "external_api_reachability", which no plugin registered: it is left out of the ` +
        `verdict. Remove the name, or add the plugin that registers it (known: event_loop, database_connection).`
      ])
    }).pipe(
      Effect.provide(
        app({ ...freePorts, health: { ...group("health"), port: 0 } }, [result("database_connection")]).pipe(
          Layer.provide(journal(lines))
        )
      )
    )
  })

  it("says for every key without effect why it has none", () => {
    const tree = { value: { monitoring: guide }, origins: origins(guide, "monitoring"), faults: [] }
    assert.deepStrictEqual(Setting.notApplied([MonitoringPlugin], tree, "linux").map(({ key }) => key), [
      "monitoring.metrics.retention.in_memory_duration",
      "monitoring.metrics.retention.persist_to_disk",
      "monitoring.alerts.enabled",
      "monitoring.alerts.webhook_url",
      "monitoring.alerts.rules"
    ])
  })
})

const origins = (value: unknown, path: string): ReadonlyMap<string, string> =>
  new Map(
    Predicate.isObject(value) && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, child]) => [...origins(child, `${path}.${key}`)])
      : [[path, "guide"]]
  )

describe("the settings", () => {
  it("have the guide's environment names", () => {
    const names = Setting.describe("monitoring", MonitoringConfig)
      .flatMap(({ env = [], path }) => env.map((name) => `${name} ${path.join(".")}`))
    assert.includeMembers(names, [
      "MONITORING_ENABLED monitoring.metrics.enabled",
      "MONITORING_HEALTH_PORT monitoring.health.port",
      "MONITORING_PROMETHEUS_PORT monitoring.prometheus.port"
    ])
  })

  it("default to the guide's ports on loopback, its paths, and bare names", () => {
    const config = Schema.decodeSync(MonitoringConfig)({})
    assert.deepInclude(config.health, { enabled: true, endpoint: "/health", port: 9090, bind_address: "127.0.0.1" })
    assert.deepInclude(config.prometheus, {
      enabled: true,
      endpoint: "/metrics",
      port: 9091,
      bind_address: "127.0.0.1",
      namespace: "",
      subsystem: "",
      labels: {}
    })
  })

  it.each([
    ["an endpoint without a slash in front", { health: { endpoint: "health" } }],
    ["an endpoint with a slash at its end", { prometheus: { endpoint: "/metrics/" } }],
    ["an endpoint with a query", { prometheus: { endpoint: "/metrics?a=b" } }],
    ["a namespace that no metric name may begin with", { prometheus: { namespace: "1app" } }],
    ["a label that belongs to histograms", { prometheus: { labels: { le: "1" } } }],
    ["a label that belongs to Prometheus", { prometheus: { labels: { __name__: "x" } } }],
    ["a label with a dash", { prometheus: { labels: { "my-label": "x" } } }],
    ["an unknown kind of metric", { metrics: { types: ["dial"] } }],
    ["an unknown probe", { health: { checks: [{ name: "readyness" }] } }],
    ["an unknown key of a probe", { health: { checks: [{ name: "readiness", every: "5s" }] } }],
    ["an interval without a unit", { metrics: { collection_interval: 15 } }],
    ["a pause of nothing between two samples", { metrics: { collection_interval: "0s" } }],
    ["a heartbeat that no loop can answer in time", { health: { checks: [{ name: "liveness", timeout: "1ms" }] } }],
    ["a port that does not exist", { health: { port: 70_000 } }]
  ])("refuse %s", (_, section) => assert.isTrue(refuses(section)))
})
