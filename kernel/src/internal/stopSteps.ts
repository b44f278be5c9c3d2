/** The steps of a stop: when each began, how long it took, and what it had to cut. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { LifecycleEvent, StopStep, StopStepStatus } from "../Lifecycle.ts"
import { cut as cutMetric } from "../metrics.ts"

export type Budgets = ReadonlyArray<Pick<StopStepStatus, "step" | "budgetMillis">>

export const make = (budgets: Budgets, publish: (event: LifecycleEvent) => Effect.Effect<unknown>) => {
  const steps = new Map<StopStep, StopStepStatus>(budgets.map((budget) => [budget.step, { ...budget, cut: [] }]))
  let stopStartedAt: number | undefined

  const note = (step: StopStep, more: Partial<StopStepStatus>) => {
    const status = steps.get(step)
    if (status !== undefined) steps.set(step, { ...status, ...more })
  }

  /** Runs one step; `run` adds the names of what it cut. */
  const run = Effect.fnUntraced(function*(step: StopStep, run: (cut: Array<string>) => Effect.Effect<void>) {
    const startedAt = yield* Clock.currentTimeMillis
    stopStartedAt ??= startedAt
    const budgetMillis = steps.get(step)?.budgetMillis ?? 0
    const cut: Array<string> = []
    note(step, { startedAtMillis: startedAt - stopStartedAt, cut })
    yield* publish({ _tag: "StopStepStarted", step, budgetMillis })
    yield* run(cut)
    const millis = (yield* Clock.currentTimeMillis) - startedAt
    note(step, { millis })
    yield* publish({ _tag: "StopStepEnded", step, millis, cut })
    if (cut.length > 0) yield* Metric.update(Metric.withAttributes(cutMetric, { step }), cut.length)
  })

  return { run, all: Effect.sync(() => [...steps.values()]) } as const
}
