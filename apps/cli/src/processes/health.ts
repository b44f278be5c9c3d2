/** What the first process says about the health of all: it is ready as long as one of the others is. */
import { type HealthCheck, HealthRegistry, Unhealthy } from "@heptad/common"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Check } from "./messages.ts"
import type { Worker } from "./Worker.ts"

const times = { interval: Duration.seconds(1), timeout: Duration.seconds(1) }

const isFault = ({ criticality, kind, status }: Check): boolean =>
  kind === "readiness" && criticality === "critical" && (status === "fail" || status === "unknown")

const faultText = ({ name, reason }: Check): string => reason === undefined ? name : `${name}: ${reason}`

/** Why a process is not ready; undefined when it is. */
export const notReady = ({ now: { pulse, report, state } }: Worker): string | undefined => {
  if (state !== "running" || report === undefined) return state
  if (!pulse.healthy) return "its event loop does not answer"
  const fault = report.checks.find(isFault)
  return fault === undefined ? undefined : faultText(fault)
}

const told = ({ process }: Worker, why: string): string => `process ${process}: ${why}`

const faultsOf = (workers: ReadonlyArray<Worker>, why: (worker: Worker) => string | undefined) =>
  workers.flatMap((worker) => {
    const reason = why(worker)
    return reason === undefined ? [] : [told(worker, reason)]
  })

const failWhen = (isWrong: boolean, reasons: ReadonlyArray<string>) =>
  isWrong ? Effect.fail(new Unhealthy({ reason: reasons.join("; ") })) : Effect.void

export interface Watched {
  /** Those that count; a successor that is being started beside its predecessor does not. */
  readonly places: () => ReadonlyArray<Worker>
}

const someReady = ({ places }: Watched) =>
  Effect.suspend(() => {
    const faults = faultsOf(places(), notReady)
    return failWhen(faults.length >= places().length, faults)
  })

const allReady = ({ places }: Watched) =>
  Effect.suspend(() => {
    const faults = faultsOf(places(), notReady)
    return failWhen(faults.length > 0, faults)
  })

/** A check that the processes run themselves passes here as long as it passes in one of them. */
const somePass = ({ places }: Watched, name: string) =>
  Effect.suspend(() => {
    const running = places().filter(({ now }) => now.state === "running")
    const faults = faultsOf(running, ({ now }) => {
      const check = now.report?.checks.find((check) => check.name === name)
      return check?.status === "pass" ? undefined : check?.reason ?? "unknown"
    })
    return failWhen(faults.length >= running.length, faults)
  })

export const register = Effect.fnUntraced(function*(watched: Watched, checks: ReadonlyArray<Check>) {
  const health = yield* HealthRegistry
  const add = (check: Pick<HealthCheck, "name" | "criticality" | "run">) =>
    health.register({ kind: "readiness", ...times, ...check })
  yield* add({ name: "processes", criticality: "critical", run: someReady(watched) })
  yield* add({ name: "all_processes", criticality: "degrading", run: allReady(watched) })
  for (const { criticality, kind, name } of checks) {
    if (kind === "readiness") yield* add({ name, criticality, run: somePass(watched, name) })
  }
})
