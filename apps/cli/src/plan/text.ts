/** A plan, and a difference, as a person reads them. Pure. */
import type { Plan, Settings } from "@heptad/kernel"
import * as Duration from "effect/Duration"
import * as advice from "../advice.ts"
import { block, columns, count } from "../columns.ts"
import type { PluginDifference } from "./difference.ts"

/** What the settings say about the deployment as a whole, in their own spelling. */
export const deploymentOf = ({ settings }: Settings.SettingsTree): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    settings.filter(({ key, value }) =>
      value !== undefined && /^deployment\.(pattern|resources|replicas|services)\b/.test(key)
    ).map(({ key, value }) => [key.replace("deployment.", ""), value])
  )

const spoken = (millis: number): string => millis === 0 ? "0 s" : Duration.format(Duration.millis(millis))

const waves = (all: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> =>
  columns(all.map((wave, index) => [String(index + 1), wave.join(", ")]))

const drain = ({ steps }: Plan.PlannedStop): ReadonlyArray<string> =>
  columns(steps.map(({ budgetMillis, step }) => [step, `at most ${spoken(budgetMillis)}`]))

const written = (plugins: Plan.Plan["plugins"]): ReadonlyArray<string> =>
  columns(
    plugins.filter((plugin) => plugin.written.length > 0).map((plugin) => [
      plugin.name,
      plugin.written.map((key) => key.slice(plugin.name.length + 1)).join(", ")
    ])
  )

const policies = (plugins: Plan.Plan["plugins"]): ReadonlyArray<string> =>
  columns(plugins.filter(({ onFailure }) => onFailure !== "abort").map(({ name, onFailure }) => [name, onFailure]))

/** One row a reason: an ambient plugin comes before nearly everybody for the same one. */
const order = (edges: Plan.Plan["edges"]): ReadonlyArray<string> => {
  const byReason = Map.groupBy(edges, ({ from, why }) => `${from}\n${why}`)
  return columns([...byReason.values()].map((same) => [
    `${same[0]?.from ?? ""} before ${same.map(({ to }) => to).join(", ")}`,
    same[0]?.why ?? ""
  ]))
}

const uses = (needs: Plan.Plan["needs"]): ReadonlyArray<string> =>
  columns(needs.flatMap(({ how, key }) => how === undefined ? [] : [[key, how]]))

const value = (each: unknown): string => typeof each === "string" ? each : JSON.stringify(each)

export const plan = (
  { deployment, ...plan }: Plan.Plan & { readonly deployment: Readonly<Record<string, unknown>> }
): ReadonlyArray<string> => [
  `${count(plan.plugins.length, "plugin")}, ${count(plan.files.length, "settings file")}. ` +
  `A stop takes at most ${spoken(plan.drain.budgetMillis)}: ` +
  `terminationGracePeriodSeconds: ${plan.drain.terminationGracePeriodSeconds}`,
  ...block("deployment", columns(Object.entries(deployment).map(([key, each]) => [key, value(each)]))),
  ...block("start, wave by wave", waves(plan.start)),
  ...block("stop, wave by wave", waves(plan.stop)),
  ...block("critical path", [plan.criticalPath.join(" > ")]),
  ...block("why this order", order(plan.edges)),
  ...block(
    "needed from outside",
    columns(plan.needs.map(({ key, kind, plugin, what }) => [kind, what, plugin, key]))
  ),
  ...block("how it is used, from the outside to the inside", uses(plan.needs)),
  ...block("settings files", plan.files),
  ...block("settings written", written(plan.plugins)),
  ...block("drain", drain(plan.drain)),
  ...block("when a plugin does not start (others: abort)", policies(plan.plugins)),
  ...advice.render(plan.advice)
]

const changeRows = ({ changes }: PluginDifference) =>
  changes.map(({ after, before, key, origin, reloadable }) => [
    `    ${key}`,
    reloadable ? "reload" : "restart",
    origin,
    `${before} -> ${after}`
  ])

export const difference = (all: ReadonlyArray<PluginDifference>): ReadonlyArray<string> => {
  const rows = columns(all.flatMap(changeRows))
  let row = 0
  return all.flatMap((each) => {
    const mine = rows.slice(row, row += each.changes.length)
    return [`${each.effect.padEnd(8)} ${each.name}`, ...mine]
  })
}
