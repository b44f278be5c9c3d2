/** What an operator should know about the settings of monitoring, though it is no fault. */
import { Advice } from "@heptad/common"
import type { Settings } from "@heptad/kernel"
import * as Duration from "effect/Duration"
import type { MonitoringConfig } from "../config.ts"
import { controlAdvice } from "./controlAdvice.ts"
import { prefixed } from "./metricNames.ts"

type Rule = NonNullable<MonitoringConfig["alerts"]["rules"]>[number]

const fixedTimes = ({ health: { checks } }: MonitoringConfig): ReadonlyArray<Settings.Advice> =>
  checks.some(({ interval, name, timeout }) => name === "readiness" && (interval ?? timeout) !== undefined)
    ? [Advice.notApplied(
      "monitoring.health.checks",
      "interval and timeout of readiness have no effect, every check keeps the times of its plugin"
    )]
    : []

const operators = new Set(["and", "or", "unless", "by", "without", "on", "ignoring", "bool", "offset", "inf", "nan"])

/** Names of metrics in a rule: words that are no function, operator, label or unit. */
const metricsIn = ({ expr }: Rule): ReadonlyArray<string> =>
  expr
    .replace(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"|'[^']*'|\b(?:by|without|on|ignoring)\s*\([^)]*\)/g, " ")
    .match(/\b[A-Za-z_:][\w:]*\b(?!\s*\()/g)
    ?.filter((word) => !operators.has(word.toLowerCase())) ?? []

/** A prefix renames what rules and dashboards without it ask for. */
const bareNames = ({ alerts: { rules = [] }, prometheus }: MonitoringConfig): ReadonlyArray<Settings.Advice> => {
  const nameOf = prefixed(prometheus)
  const prefix = nameOf("")
  const bare = [...new Set(rules.flatMap(metricsIn))].filter((name) =>
    !name.startsWith(prefix) && nameOf(name) !== name
  )
  return bare.length === 0 ? [] : [Advice.contradiction(
    ["monitoring.prometheus.namespace", "monitoring.prometheus.subsystem", "monitoring.alerts.rules"],
    `monitoring.alerts.rules asks for ${bare.join(", ")}, but monitoring.prometheus.namespace and subsystem win: ` +
      `/metrics serves ${bare.map(nameOf).join(", ")}. Write the prefix into rules and dashboards, or leave it out.`
  )]
}

const bareCounter = /^\s*(\w+_total)\s*(?:\{[^}]*\}\s*)?>=?\s*(\d[\w.]*)\s*$/

/** A counter never falls, so an alert on its value never ends. */
const neverEnding = ({ alerts: { rules = [] } }: MonitoringConfig): ReadonlyArray<Settings.Advice> =>
  rules.flatMap(({ duration, expr }, index) => {
    const [, counter, limit] = bareCounter.exec(expr) ?? []
    const [key, window] = [
      `monitoring.alerts.rules.${index}`,
      duration === undefined ? "5m" : Duration.format(duration)
    ]
    return counter === undefined ? [] : [Advice.contradiction(
      [`${key}.expr`, `${key}.duration`],
      `${key}.expr compares the counter ${counter} with ${limit}: a counter never falls, so the alert never ends, ` +
        `whatever ${key}.duration says. Write increase(${counter}[${window.replaceAll(" ", "")}]) > ${limit}.`
    )]
  })

const removedApi = ({ alerts: { webhook_url = "" } }: MonitoringConfig): ReadonlyArray<Settings.Advice> =>
  /\/api\/v1\/alerts\/?$/.test(webhook_url)
    ? [Advice.contradiction(
      ["monitoring.alerts.webhook_url"],
      "monitoring.alerts.webhook_url ends with /api/v1/alerts, which Alertmanager removed in 0.27: " +
        "write /api/v2/alerts."
    )]
    : []

export const advice = (config: MonitoringConfig): ReadonlyArray<Settings.Advice> => [
  ...fixedTimes(config),
  ...bareNames(config),
  ...neverEnding(config),
  ...removedApi(config),
  ...controlAdvice(config)
]
