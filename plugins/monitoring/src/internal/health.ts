/** Pure: the last results of the checks and the phase of the kernel become the verdict of a health page. */
import type { HealthKind, HealthResult } from "@heptad/common"
import type { Phase, PluginStatus } from "@heptad/kernel"

export type HealthPage = "health" | "live" | "ready" | "startup"

/** The check that is not registered: the heartbeat of the main thread's event loop. */
export const eventLoopCheck = "event_loop"

/** Names from the settings: checks that must pass, whatever weight their plugin gave them. */
export type NamedChecks = Readonly<Record<HealthKind, ReadonlyArray<string>>>

export interface Facts {
  readonly phase: Phase
  readonly results: ReadonlyArray<HealthResult>
  readonly named: NamedChecks
  readonly plugins: ReadonlyArray<PluginStatus>
}

export interface Verdict {
  readonly status: "UP" | "DOWN" | "READY" | "NOT_READY"
  readonly ok: boolean
  /** Something is wrong that does not take the app out of service. */
  readonly warn: boolean
  /** The phase that keeps the app from being ready. */
  readonly reason?: string
}

type Grade = "pass" | "warn" | "fail"

/** Restarting cures nothing outside of the process, so only checks of kind liveness count for liveness. */
export const belongsTo = (kind: HealthKind, named: NamedChecks) => (result: HealthResult): boolean =>
  result.kind === kind || (kind === "readiness" && named.readiness.includes(result.name))

/** A check that has not run yet proves nothing: no reason to restart, but no reason to send traffic either. */
const passes = (kind: HealthKind, { status }: HealthResult): boolean =>
  status === "pass" || (status === "unknown" && kind === "liveness")

const gradeOne = (kind: HealthKind, named: NamedChecks, result: HealthResult): Grade => {
  if (passes(kind, result)) return "pass"
  if (named[kind].includes(result.name)) return "fail"
  if (result.criticality === "critical") return result.status === "warn" ? "warn" : "fail"
  return result.criticality === "degrading" ? "warn" : "pass"
}

const grade = (kind: HealthKind, { named, results }: Facts): Grade => {
  const grades = results.filter(belongsTo(kind, named)).map((result) => gradeOne(kind, named, result))
  return grades.includes("fail") ? "fail" : grades.includes("warn") ? "warn" : "pass"
}

const live = (facts: Facts): Verdict => {
  const worst = grade("liveness", facts)
  return { status: worst === "fail" ? "DOWN" : "UP", ok: worst !== "fail", warn: worst === "warn" }
}

/** Plugins that a running app goes on without, those that are just being tried again included. */
export const away = ({ phase, plugins }: Pick<Facts, "phase" | "plugins">): ReadonlyArray<PluginStatus> =>
  phase === "running" ? plugins.filter(({ state }) => state !== "started") : []

const ready = (facts: Facts): Verdict => {
  const worst = grade("readiness", facts)
  const ok = facts.phase === "running" && worst !== "fail"
  const status = ok ? "READY" : "NOT_READY"
  const warn = worst === "warn" || away(facts).length > 0
  return { status, ok, warn, ...(facts.phase === "running" ? {} : { reason: facts.phase }) }
}

const startup = ({ phase }: Facts): Verdict => ({
  status: phase === "starting" ? "DOWN" : "UP",
  ok: phase !== "starting",
  warn: false
})

const aggregate = (facts: Facts): Verdict => {
  const [alive, serving] = [live(facts), ready(facts)]
  const ok = alive.ok && serving.ok
  return { ...serving, status: ok ? "UP" : "DOWN", ok, warn: alive.warn || serving.warn }
}

const pages: Readonly<Record<HealthPage, (facts: Facts) => Verdict>> = { health: aggregate, live, ready, startup }

export const verdict = (page: HealthPage, facts: Facts): Verdict => pages[page](facts)

/** Names that stand in the settings and that no plugin registered. */
export const unregistered = ({ named, results }: Facts): ReadonlyArray<string> => {
  const registered = new Set(results.map((result) => result.name))
  return [...new Set([...named.liveness, ...named.readiness])].filter((name) => !registered.has(name))
}
