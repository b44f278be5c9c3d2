/** Every setting of monitoring: the guide's `monitoring.yaml`, and the bind addresses of the two ports. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

const noStore = "series are not stored in the process yet, only their current values; let Prometheus keep the history"
const noAlerts = "rules are not evaluated in the process yet; load them into Prometheus"

const Endpoint = Schema.String.check(
  Schema.isPattern(/^(\/[\w.~-]+)+$/, { message: `Expected a path such as "/health", without a slash at its end` })
)

/** The part of a metric name that a prefix may be; empty means none. */
const NamePart = Schema.String.check(
  Schema.isPattern(/^([A-Za-z_]\w*)?$/, { message: "Expected letters, digits and underscores, no digit first" })
)

/** `le` and `quantile` belong to histograms and summaries, names with two underscores in front to Prometheus itself. */
const LabelName = Schema.String.check(
  Schema.isPattern(/^(?!__|le$|quantile$)[A-Za-z_]\w*$/, {
    message: "Expected a label name: letters, digits and underscores, not le, not quantile, not starting with __"
  })
)

const LabelValue = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean]).pipe(
  Schema.decodeTo(
    Schema.String,
    SchemaTransformation.transform<string, string | number | boolean>({ decode: String, encode: (text) => text })
  )
)

const MetricKind = Schema.Literals(["counter", "gauge", "histogram", "summary"])

/** One entry of `monitoring.health.checks`. */
const ProbeCheck = Schema.Struct({
  name: Setting.item(Schema.Literals(["liveness", "readiness"]), { description: "The health page that it is about." }),
  interval: Setting.optional(SettingTypes.Pause, {
    description: "liveness: how often the event loop must answer a heartbeat. Default: 10s.",
    unit: "duration"
  }),
  timeout: Setting.optional(SettingTypes.Pause, {
    description: "liveness: within what time it must answer. Default: 2s.",
    unit: "duration"
  }),
  checks: Setting.optional(Schema.Array(Schema.String), {
    description: "Names of registered checks that must pass, whatever weight their plugin gave them."
  })
})

const AlertRule = Schema.Struct({
  name: Setting.item(Schema.String, { description: "Name of the alert." }),
  expr: Setting.item(Schema.String, {
    description: "When it fires: `error_count_total > 100`, `memory_usage_bytes > 8GB`."
  }),
  duration: Setting.optional(SettingTypes.Duration, {
    description: "How long the expression must hold first.",
    unit: "duration"
  }),
  severity: Setting.optional(Schema.String, { description: "Label of the alert." })
})

const metrics = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, true, {
    description: "Whether the process is measured and the metrics port is open.",
    env: ["MONITORING_ENABLED"]
  }),
  collection_interval: Setting.field(SettingTypes.Pause, "15s", {
    description: "How often memory, CPU, event loop and open files are measured. 15s for production, 5s for debugging.",
    unit: "duration",
    reloadable: true
  }),
  types: Setting.field(SettingTypes.list(MetricKind), ["counter", "gauge", "histogram", "summary"], {
    description: "Which kinds of metrics the metrics port tells; the other kinds are left out.",
    reloadable: true
  }),
  retention: Setting.section({
    in_memory_duration: Setting.optional(SettingTypes.Duration, {
      description: "How long past values of a series are kept in memory.",
      unit: "duration",
      notApplied: noStore
    }),
    persist_to_disk: Setting.optional(SettingTypes.Boolean, {
      description: "Whether past values are kept on disk.",
      notApplied: noStore
    })
  })
})

const health = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, true, { description: "Whether the health port is open." }),
  endpoint: Setting.field(Endpoint, "/health", {
    description: "Path of the aggregate; /live, /ready and /startup hang below it."
  }),
  port: Setting.field(SettingTypes.Port, 9090, {
    description: "Port of the health pages; 0 lets the operating system choose.",
    env: ["MONITORING_HEALTH_PORT"]
  }),
  bind_address: Setting.field(Schema.String, "127.0.0.1", {
    description: "Address of the health port. 0.0.0.0 where probes come from other machines.",
    env: ["MONITORING_HEALTH_BIND_ADDRESS"]
  }),
  checks: Setting.field(Schema.Array(ProbeCheck), [], {
    description: "What the health pages ask for beyond what the plugins say themselves.",
    reloadable: true
  })
})

const prometheus = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, true, { description: "Whether the metrics port is open." }),
  port: Setting.field(SettingTypes.Port, 9091, {
    description: "Port of the metrics page; the same as the health port (and address) makes one shared listener.",
    env: ["MONITORING_PROMETHEUS_PORT", "KCENON_MONITORING_PORT"]
  }),
  bind_address: Setting.field(Schema.String, "127.0.0.1", {
    description: "Address of the metrics port. 0.0.0.0 where Prometheus runs on another machine.",
    env: ["MONITORING_PROMETHEUS_BIND_ADDRESS"]
  }),
  endpoint: Setting.field(Endpoint, "/metrics", { description: "Path of the metrics page." }),
  namespace: Setting.field(NamePart, "", {
    description: "First part of a prefix for every metric but process_* and nodejs_*; empty for none. " +
      "Dashboards and alerts that use the bare names need the same prefix.",
    reloadable: true
  }),
  subsystem: Setting.field(NamePart, "", {
    description: "Second part of that prefix; empty for none.",
    reloadable: true
  }),
  labels: Setting.field(Schema.Record(LabelName, LabelValue), {}, {
    description: "Labels that every series carries; a label of the series itself wins.",
    reloadable: true
  })
})

const alerts = Setting.section({
  enabled: Setting.optional(SettingTypes.Boolean, {
    description: "Whether alert rules are evaluated in the process.",
    notApplied: noAlerts
  }),
  webhook_url: Setting.optional(Schema.String, {
    description: "Alertmanager that is told of firing alerts.",
    notApplied: noAlerts
  }),
  rules: Setting.optional(Schema.Array(AlertRule), {
    description: "Alert rules: name, expr, duration, severity.",
    notApplied: noAlerts
  })
})

const control = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, true, {
    description: "Whether the health port serves the control API, for `heptad status`, `drain`, `logs` and the like. " +
      "Its tokens are files in the data directory.",
    env: ["MONITORING_CONTROL_ENABLED"]
  }),
  allow_remote: Setting.field(SettingTypes.Boolean, false, {
    description:
      "Whether the control API serves peers on other than loopback addresses. Tokens then travel unencrypted."
  })
})

export const MonitoringConfig = Setting.section({ metrics, health, prometheus, alerts, control })

/** The decoded section. */
export interface MonitoringConfig extends Schema.Schema.Type<typeof MonitoringConfig> {}

export type MetricKind = typeof MetricKind.Type
export type ProbeCheck = typeof ProbeCheck.Type
