/** The plugin that stands for the first process in a further one: reports to it how this process does, and does what it says. */
import { CommonContract, HealthRegistry, Setting } from "@heptad/common"
import { Contract, Lifecycle, type LifecycleEvent, Operations, Plugin } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import manifest from "../../../package.json" with { type: "json" }
import type { Operate, Report } from "../messages.ts"
import { ofSnapshot } from "../series.ts"
import type { Inbox } from "./inbox.ts"
import type { Link } from "./link.ts"

const report = Effect.gen(function*() {
  const lifecycle = yield* Lifecycle
  const [phase, plugins] = [yield* lifecycle.phase, yield* lifecycle.plugins]
  const checks = yield* (yield* HealthRegistry).results
  const operations = yield* (yield* Operations).all
  return {
    _tag: "Report",
    phase,
    away: plugins.filter(({ state }) => phase === "running" && state !== "started").map(({ name }) => name),
    checks: checks.map(({ checkedAtMillis: _, durationMillis: __, ...check }) => check),
    operations: [...operations.values()].map(({ run: _, ...operation }) => operation),
    metrics: (yield* Metric.snapshot).map(ofSnapshot)
  } satisfies Report
})

/** Until every check has run once a process cannot say that it is ready. Each has a time limit, so this ends. */
const checked = Effect.fnUntraced(function*() {
  const { results } = yield* HealthRegistry
  yield* Effect.repeat(results, {
    until: (checks) => checks.every(({ status }) => status !== "unknown"),
    schedule: Schedule.spaced("20 millis")
  })
})

const operate = Effect.fnUntraced(function*({ dryRun, id, input, operation }: Operate) {
  const found = (yield* (yield* Operations).all).get(operation)
  if (found === undefined) {
    const problem = `process has no operation "${operation}"`
    return { _tag: "Refused", id, operation, reason: "failed", problem } as const
  }
  return yield* Effect.match(found.run(input, { dryRun }), {
    onSuccess: (answer) => ({ _tag: "Answered", id, answer }) as const,
    onFailure: ({ problem, reason }) => ({ _tag: "Refused", id, operation, reason, problem }) as const
  })
})

const obey = Effect.fnUntraced(function*(link: Link, inbox: Inbox) {
  const lifecycle = yield* Lifecycle
  const operations = yield* Operations
  const run = yield* FiberSet.makeRuntime<never>()
  inbox.obey({
    drain: (reason) => void run(lifecycle.requestStop(reason)),
    operate: (order) =>
      void run(Effect.map(Effect.provideService(operate(order), Operations, operations), (answer) => link.say(answer)))
  })
})

const work = Effect.fnUntraced(function*(link: Link, inbox: Inbox) {
  const lifecycle = yield* Lifecycle
  const services = yield* Effect.context<Lifecycle | HealthRegistry | Operations>()
  const tellReport = Effect.map(Effect.provideContext(report, services), link.say)
  const tell = (event: LifecycleEvent): Effect.Effect<void> => {
    switch (event._tag) {
      // Its report comes first, so that whoever waits for this process knows its checks by then.
      case "Running":
        return Effect.provideContext(checked(), services).pipe(
          Effect.andThen(tellReport),
          Effect.andThen(Effect.sync(() => link.say({ _tag: "Running" })))
        )
      case "StopStepEnded":
        return Effect.sync(() => link.say({ _tag: "StepEnded", step: event.step }))
      default:
        return Effect.void
    }
  }
  yield* obey(link, inbox)
  yield* Effect.forkScoped(Stream.runForEach(lifecycle.events, tell))
  yield* Effect.forkScoped(Effect.repeat(tellReport, Schedule.spaced("1 second")))
  // What was counted until here is not lost.
  yield* Effect.addFinalizer(() => tellReport)
})

/** Ambient: it stops after everybody whose end it tells. */
export const workerPlugin = (link: Link, inbox: Inbox) =>
  Plugin.make({
    manifest,
    contract: Contract.make({ name: "process", manifest, services: [] }),
    requires: [CommonContract],
    config: Setting.section({}),
    ambient: true,
    layer: () => Layer.effectDiscard(work(link, inbox))
  })
