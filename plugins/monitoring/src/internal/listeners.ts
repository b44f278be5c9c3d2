/** Pure: the settings become listeners with their paths, one for both ports when they are the same. */
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import type { MonitoringConfig } from "../config.ts"
import { BindFailed, EndpointTaken, PortTaken } from "../errors.ts"
import type { Answer, Heartbeat, Listener, Page, Route } from "./ops.ts"

/** A listener, and under which names the settings know it. */
export interface Named extends Listener {
  readonly listener: string
  readonly setting: string
  readonly addressSetting: string
  readonly env: string
}

export interface Listeners {
  readonly all: ReadonlyArray<Named>
  /** Places in `all`; undefined when disabled, the same when shared. */
  readonly health: number | undefined
  readonly metrics: number | undefined
}

/** Prometheus gives up after 10 s by default. */
const metricsDeadlineMillis = 10_000

const probe = (page: Page, status: string): Route => ({
  page,
  silence: { status: 503, contentType: "application/json", body: JSON.stringify({ status }) }
})

const busy: Answer = {
  status: 503,
  contentType: "text/plain; charset=utf-8",
  body: "The event loop does not answer. Try again, and look for a computation that blocks it.\n"
}

const healthRoutes = (endpoint: string): Listener["routes"] => ({
  [endpoint]: probe("health", "DOWN"),
  [`${endpoint}/live`]: probe("live", "DOWN"),
  [`${endpoint}/ready`]: probe("ready", "NOT_READY"),
  [`${endpoint}/startup`]: probe("startup", "DOWN"),
  "/livez": probe("live", "DOWN"),
  "/readyz": probe("ready", "NOT_READY")
})

const healthListener = ({ health }: MonitoringConfig): Named => ({
  listener: "health",
  host: health.bind_address,
  port: health.port,
  routes: healthRoutes(health.endpoint),
  setting: "monitoring.health.port",
  addressSetting: "monitoring.health.bind_address",
  env: "MONITORING_HEALTH_PORT"
})

const metricsListener = ({ prometheus }: MonitoringConfig): Named => ({
  listener: "metrics",
  host: prometheus.bind_address,
  port: prometheus.port,
  routes: { [prometheus.endpoint]: { page: "metrics", deadlineMillis: metricsDeadlineMillis, silence: busy } },
  setting: "monitoring.prometheus.port",
  addressSetting: "monitoring.prometheus.bind_address",
  env: "MONITORING_PROMETHEUS_PORT"
})

const shares = (a: Named, b: Named) => a.port === b.port && a.port !== 0 && a.host === b.host

const share = (health: Named, metrics: Named): Result.Result<Listeners, EndpointTaken> => {
  const clash = Object.keys(metrics.routes).find((path) => path in health.routes)
  return clash === undefined
    ? Result.succeed({ all: [{ ...health, routes: { ...health.routes, ...metrics.routes } }], health: 0, metrics: 0 })
    : Result.fail(new EndpointTaken({ endpoint: clash, port: health.port }))
}

export const make = (config: MonitoringConfig): Result.Result<Listeners, EndpointTaken> => {
  const health = config.health.enabled ? healthListener(config) : undefined
  const metrics = config.metrics.enabled && config.prometheus.enabled ? metricsListener(config) : undefined
  if (health !== undefined && metrics !== undefined && shares(health, metrics)) return share(health, metrics)
  const all = [health, metrics].filter((listener) => listener !== undefined)
  return Result.succeed({
    all,
    health: health === undefined ? undefined : 0,
    metrics: metrics === undefined ? undefined : all.length - 1
  })
}

/** How often the event loop must answer, and within what time: the entry `liveness` of the settings. */
export const heartbeatOf = ({ health }: MonitoringConfig): Heartbeat => {
  const entry = health.checks.find(({ name }) => name === "liveness")
  return {
    intervalMillis: Duration.toMillis(entry?.interval ?? "10 seconds"),
    timeoutMillis: Duration.toMillis(entry?.timeout ?? "2 seconds")
  }
}

/** What the operating system's refusal means to the person who started the app. */
export const refusal = ({ addressSetting, env, host, listener, port, setting }: Named, code: string) =>
  code === "EADDRINUSE"
    ? new PortTaken({ listener, host, port, setting, env })
    : new BindFailed({ listener, host, port, setting, env, addressSetting, reason: code })
