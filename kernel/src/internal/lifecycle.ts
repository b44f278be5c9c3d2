/** The state behind `Lifecycle`: plugin states, events with replay, drain hooks. Written by the boot, read by plugins. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import { type DrainHook, Lifecycle, type LifecycleEvent, type PluginState, type PluginStatus } from "../Lifecycle.ts"
import type * as Plugin from "../Plugin.ts"
import { bounded } from "./bounded.ts"

/** More events than any boot and stop have; older ones are forgotten for late subscribers. */
const replay = 4096

const waiting = { state: "waiting", startedAtMillis: 0, buildMillis: 0 } as const

export const make = Effect.fnUntraced(function*(waves: ReadonlyArray<ReadonlyArray<Plugin.Any>>) {
  const bootedAt = yield* Clock.currentTimeMillis
  const events = yield* PubSub.unbounded<LifecycleEvent>({ replay })
  const hooks = new Set<DrainHook>()
  const all = waves.flatMap((plugins, wave) =>
    plugins.map(({ manifest: { version }, name }) => ({ name, version, wave, ...waiting }))
  )
  const statuses = new Map<string, PluginStatus>(all.map((status) => [status.name, status]))
  let phase: Effect.Success<Lifecycle["Service"]["phase"]> = "starting"

  const publish = (event: LifecycleEvent) => PubSub.publish(events, event)

  const mark = (name: string, state: PluginState, millis: Partial<PluginStatus> = {}) => {
    const status = statuses.get(name)
    if (status !== undefined) statuses.set(name, { ...status, ...millis, state })
  }

  const enter = (next: typeof phase, event: LifecycleEvent) =>
    Effect.andThen(Effect.sync(() => (phase = next)), publish(event))

  /** A hook that hangs is cut, one that fails by a defect is told; neither keeps the others from running. */
  const runHook = ({ budget: own, name, phase, run }: DrainHook, budget: Duration.Duration) => {
    const cut = Effect.logWarning(`drain: ${name} was cut after ${Duration.format(own ?? budget)}`)
    return bounded(run, own ?? budget, Effect.andThen(cut, publish({ _tag: "DrainHookTimedOut", name, phase }))).pipe(
      Effect.catchCause((cause) => Effect.logError(`drain: ${name} failed`, cause))
    )
  }

  const runHooks = Effect.fnUntraced(function*(budget: Duration.Duration) {
    for (const step of ["accept", "requests", "jobs"] as const) {
      const now = [...hooks].filter((hook) => hook.phase === step)
      yield* Effect.forEach(now, (hook) => runHook(hook, budget), { concurrency: "unbounded", discard: true })
    }
  })

  const onDrain = (hook: DrainHook) =>
    Effect.acquireRelease(Effect.sync(() => void hooks.add(hook)), () => Effect.sync(() => hooks.delete(hook)))

  const service = Lifecycle.of({
    phase: Effect.sync(() => phase),
    plugins: Effect.sync(() => [...statuses.values()]),
    events: Stream.takeUntil(Stream.fromPubSub(events), (event) => event._tag === "Stopped"),
    onDrain
  })

  return { bootedAt, enter, mark, publish, runHooks, service, statuses } as const
})

export type LifecycleState = Effect.Success<ReturnType<typeof make>>
