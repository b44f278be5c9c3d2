/** Pure: how a verdict is written. The guide's one-line body, the same with details, or the IETF health format. */
import type { HealthResult } from "@heptad/common"
import type { PluginStatus, StopStepStatus } from "@heptad/kernel"
import * as DateTime from "effect/DateTime"
import { away, belongsTo, type Facts, type HealthPage, unregistered, type Verdict, verdict } from "./health.ts"
import type { Answer } from "./ops.ts"

export interface Style {
  readonly verbose: boolean
  readonly ietf: boolean
  /** Names of checks that this request wants left out, as Kubernetes' `?exclude=`. */
  readonly exclude: ReadonlyArray<string>
}

export interface Snapshot extends Facts {
  readonly stopping: ReadonlyArray<StopStepStatus>
  readonly bootedAtMillis: number
  readonly nowMillis: number
}

const ietfType = "application/health+json"

export const styleOf = (query: string, accept: string): Style => {
  const params = new URLSearchParams(query)
  return {
    verbose: params.has("verbose") && !["0", "false"].includes(params.get("verbose") ?? ""),
    ietf: params.get("format") === "ietf" || accept.includes(ietfType),
    exclude: params.getAll("exclude")
  }
}

const shown: Readonly<Record<HealthPage, (facts: Facts) => ReadonlyArray<HealthResult>>> = {
  health: ({ results }) => results,
  live: ({ named, results }) => results.filter(belongsTo("liveness", named)),
  ready: ({ named, results }) => results.filter(belongsTo("readiness", named)),
  startup: () => []
}

const checkOf = (nowMillis: number) => (result: HealthResult) => ({
  name: result.name,
  kind: result.kind,
  criticality: result.criticality,
  status: result.status,
  ...(result.reason === undefined ? {} : { reason: result.reason }),
  age_ms: Math.round(nowMillis - result.checkedAtMillis),
  duration_ms: Math.round(result.durationMillis)
})

const missingOf = (name: string) => ({ name, status: "unknown", reason: "no plugin registered a check of this name" })

/** Grows while the plugin starts. */
const startMillis = ({ bootedAtMillis, nowMillis }: Snapshot, { buildMillis, startedAtMillis, state }: PluginStatus) =>
  state === "starting" ? Math.max(buildMillis, nowMillis - bootedAtMillis - startedAtMillis) : buildMillis

const pluginOf = (snapshot: Snapshot) => (plugin: PluginStatus) => ({
  name: plugin.name,
  version: plugin.version,
  state: plugin.state,
  wave: plugin.wave,
  ...(plugin.state === "waiting" ? { waiting_for: plugin.waitingFor } : {}),
  attempt: plugin.attempt,
  ...(plugin.problem === undefined ? {} : { problem: plugin.problem }),
  started_at_ms: Math.round(plugin.startedAtMillis),
  start_duration_ms: Math.round(startMillis(snapshot, plugin)),
  ...(plugin.stopMillis === undefined ? {} : { stop_duration_ms: Math.round(plugin.stopMillis) })
})

const stepOf = ({ budgetMillis, cut, millis, startedAtMillis, step }: StopStepStatus) => ({
  step,
  budget_ms: budgetMillis,
  ...(startedAtMillis === undefined ? {} : { started_at_ms: Math.round(startedAtMillis) }),
  ...(millis === undefined ? {} : { duration_ms: Math.round(millis) }),
  cut
})

const isStopping = ({ phase }: Snapshot): boolean => phase === "draining" || phase === "stopped"

const brief = ({ reason, status, warn }: Verdict) => ({
  status,
  ...(warn ? { warn } : {}),
  ...(reason === undefined ? {} : { reason })
})

const verbose = (page: HealthPage, told: Verdict, snapshot: Snapshot) => ({
  ...brief(told),
  phase: snapshot.phase,
  checks: [
    ...shown[page](snapshot).map(checkOf(snapshot.nowMillis)),
    ...(page === "health" || page === "ready" ? unregistered(snapshot).map(missingOf) : [])
  ],
  plugins: snapshot.plugins.map(pluginOf(snapshot)),
  ...(isStopping(snapshot) ? { stopping: snapshot.stopping.map(stepOf) } : {})
})

const ietfStatus = { pass: "pass", warn: "warn", fail: "fail", unknown: "warn" } as const

const ietfCheck = (result: HealthResult) => [
  `${result.name}:responseTime`,
  [{
    componentType: "component",
    status: result.status === "fail" && result.criticality !== "critical" ? "warn" : ietfStatus[result.status],
    observedValue: Math.round(result.durationMillis),
    observedUnit: "ms",
    time: DateTime.formatIso(DateTime.makeUnsafe(result.checkedAtMillis)),
    ...(result.reason === undefined ? {} : { output: result.reason })
  }]
]

const ietfPlugin = ({ name, problem, state }: PluginStatus) => [
  `${name}:state`,
  [{
    componentType: "component",
    status: "warn",
    observedValue: state,
    ...(problem === undefined ? {} : { output: problem })
  }]
]

/** draft-inadarei-api-health-check-06 */
const ietf = (page: HealthPage, { ok, reason, warn }: Verdict, snapshot: Snapshot) => ({
  status: !ok ? "fail" : warn ? "warn" : "pass",
  ...(reason === undefined ? {} : { output: reason }),
  checks: Object.fromEntries([
    ...shown[page](snapshot).map(ietfCheck),
    ...(page === "health" || page === "ready" ? away(snapshot).map(ietfPlugin) : [])
  ])
})

/** The answer of one health page. */
export const render = (page: HealthPage, { results, ...rest }: Snapshot, style: Style): Answer => {
  const snapshot = { ...rest, results: results.filter((result) => !style.exclude.includes(result.name)) }
  const told = verdict(page, snapshot)
  const body = style.ietf
    ? ietf(page, told, snapshot)
    : style.verbose
    ? verbose(page, told, snapshot)
    : brief(told)
  return {
    status: told.ok ? 200 : 503,
    contentType: style.ietf ? ietfType : "application/json",
    body: JSON.stringify(body)
  }
}
