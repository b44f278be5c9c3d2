/** The state behind `Lifecycle`: plugin states, events with replay, drain hooks. Written by the boot, read by plugins. */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import {
  type DrainHook,
  type DrainPhase,
  Lifecycle,
  type LifecycleEvent,
  type PluginState,
  type PluginStatus
} from "../Lifecycle.ts"
import type { Plan } from "../Plan.ts"
import type { Timing } from "../Settings.ts"
import { bounded } from "./bounded.ts"
import * as StopSteps from "./stopSteps.ts"

/** More events than any boot and stop have; older ones are forgotten for late subscribers. */
const replay = 4096

const waiting = { state: "waiting", attempt: 0, startedAtMillis: 0, buildMillis: 0 } as const

const statusOf = ({ name, paths, version, waitsFor, wave }: Plan["plugins"][number]): PluginStatus => ({
  name,
  version,
  wave,
  paths,
  waitingFor: waitsFor,
  ...waiting
})

export const make = Effect.fnUntraced(function*({ drain: { steps }, plugins }: Plan, timing: Timing) {
  const bootedAt = yield* Clock.currentTimeMillis
  const events = yield* PubSub.unbounded<LifecycleEvent>({ replay })
  const wish = yield* Deferred.make<string>()
  const hooks = new Set<DrainHook>()
  const statuses = new Map(plugins.map((plugin) => [plugin.name, statusOf(plugin)]))
  let phase: Effect.Success<Lifecycle["Service"]["phase"]> = "starting"

  const publish = (event: LifecycleEvent) => PubSub.publish(events, event)
  const stopSteps = StopSteps.make(steps, publish)

  const stillWaits = (name: string): boolean => {
    const state = statuses.get(name)?.state
    return state !== "started" && state !== "degraded"
  }

  const mark = (name: string, state: PluginState, more: Partial<PluginStatus> = {}) => {
    const status = statuses.get(name)
    if (status === undefined) return
    const { problem: _, ...rest } = status
    statuses.set(name, { ...rest, ...more, state })
  }

  const enter = (next: typeof phase, event: LifecycleEvent) =>
    Effect.andThen(Effect.sync(() => (phase = next)), publish(event))

  /** A hook that hangs is cut, one that fails by a defect is told; neither keeps the others from running. */
  const runHook = ({ budget: own, name, phase, run }: DrainHook, cut: Array<string>) => {
    const step = timing.drain[phase]
    const budget = own === undefined ? step : Duration.min(own, step)
    const late = Effect.suspend(() => {
      cut.push(name)
      return Effect.logWarning(`drain: ${name} was cut after ${Duration.format(budget)}`)
    })
    return bounded(run, budget, Effect.andThen(late, publish({ _tag: "DrainHookTimedOut", name, phase }))).pipe(
      Effect.catchCause((cause) => Effect.logError(`drain: ${name} failed`, cause))
    )
  }

  const runHooks = (phase: DrainPhase) =>
    stopSteps.run(phase, (cut) => {
      const now = [...hooks].filter((hook) => hook.phase === phase)
      return Effect.forEach(now, (hook) => runHook(hook, cut), { concurrency: "unbounded", discard: true })
    })

  const onDrain = (hook: DrainHook) =>
    Effect.acquireRelease(Effect.sync(() => void hooks.add(hook)), () => Effect.sync(() => hooks.delete(hook)))

  const asOf = (now: number) => (status: PluginStatus): PluginStatus =>
    status.state === "waiting"
      ? { ...status, waitingFor: status.waitingFor.filter(stillWaits) }
      : status.state === "starting"
      ? { ...status, buildMillis: now - bootedAt - status.startedAtMillis }
      : status

  const current = Effect.map(Clock.currentTimeMillis, (now) => [...statuses.values()].map(asOf(now)))

  const service = Lifecycle.of({
    phase: Effect.sync(() => phase),
    plugins: current,
    events: Stream.takeUntil(Stream.fromPubSub(events), (event) => event._tag === "Stopped"),
    stopping: stopSteps.all,
    requestStop: (reason) => Effect.asVoid(Deferred.succeed(wish, reason)),
    stopRequested: Effect.asVoid(Deferred.await(wish)),
    onDrain
  })
  /** Who asked for the stop; a signal does not say. */
  const stopReason = Effect.suspend(() =>
    Deferred.isDoneUnsafe(wish) ? Deferred.await(wish) : Effect.succeed("a signal, or the end of its scope")
  )

  return { bootedAt, current, enter, mark, publish, runHooks, service, statuses, stopReason, stopSteps } as const
})

export type LifecycleState = Effect.Success<ReturnType<typeof make>>
