/** The state behind `Lifecycle`: plugin states, events with replay, drain hooks. Written by the boot, read by plugins. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import type { DrainHook, DrainPhase, LifecycleEvent, Phase, PluginState, PluginStatus } from "../Lifecycle.ts"
import { Lifecycle } from "../Lifecycle.ts"
import type * as Plugin from "../Plugin.ts"
import { bounded } from "./bounded.ts"

/** More events than any boot and stop have; older ones are forgotten for late subscribers. */
const replay = 4096

const drainOrder: ReadonlyArray<DrainPhase> = ["accept", "requests", "jobs"]

export const make = Effect.fnUntraced(function*(waves: ReadonlyArray<ReadonlyArray<Plugin.Any>>) {
  const bootedAt = yield* Clock.currentTimeMillis
  const events = yield* PubSub.unbounded<LifecycleEvent>({ replay })
  const hooks = new Set<DrainHook>()
  const statuses = new Map<string, PluginStatus>()
  let phase: Phase = "starting"

  waves.forEach((wave, index) =>
    wave.forEach(({ manifest, name }) =>
      statuses.set(name, {
        name,
        version: manifest.version,
        state: "waiting",
        wave: index,
        startedAtMillis: 0,
        buildMillis: 0
      })
    )
  )

  const publish = (event: LifecycleEvent) => PubSub.publish(events, event)

  const mark = (name: string, state: PluginState, millis: Partial<PluginStatus> = {}) => {
    const status = statuses.get(name)
    if (status !== undefined) statuses.set(name, { ...status, ...millis, state })
  }

  const enter = (next: Phase, event: LifecycleEvent) =>
    Effect.suspend(() => {
      phase = next
      return publish(event)
    })

  const cut = (hook: DrainHook, budget: Duration.Duration) =>
    Effect.logWarning(`drain: ${hook.name} was cut after ${Duration.format(budget)}`).pipe(
      Effect.andThen(publish({ _tag: "DrainHookTimedOut", name: hook.name, phase: hook.phase }))
    )

  const runHook = (hook: DrainHook, budget: Duration.Duration) =>
    bounded(hook.run, hook.budget ?? budget, cut(hook, hook.budget ?? budget)).pipe(
      Effect.catchCause((cause) => Effect.logError(`drain: ${hook.name} failed`, cause))
    )

  /** Runs the hooks step by step; a hook that fails by a defect does not keep the others from running. */
  const runHooks = (budget: Duration.Duration) =>
    Effect.forEach(drainOrder, (step) =>
      Effect.forEach(
        [...hooks].filter((hook) => hook.phase === step),
        (hook) => runHook(hook, budget),
        { concurrency: "unbounded", discard: true }
      ), { discard: true })

  const service = Lifecycle.of({
    phase: Effect.sync(() => phase),
    plugins: Effect.sync(() => [...statuses.values()]),
    events: Stream.takeUntil(Stream.fromPubSub(events), (event) => event._tag === "Stopped"),
    onDrain: (hook) =>
      Effect.acquireRelease(Effect.sync(() => hooks.add(hook)), () => Effect.sync(() => hooks.delete(hook))).pipe(
        Effect.asVoid
      )
  })

  return { bootedAt, enter, mark, publish, runHooks, service, statuses } as const
})

export type LifecycleState = Effect.Success<ReturnType<typeof make>>
