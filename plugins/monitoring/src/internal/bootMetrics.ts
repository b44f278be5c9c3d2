/** The kernel's events as metrics: which plugins run, and how long each and the whole boot took. */
import { Lifecycle, type LifecycleEvent } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Stream from "effect/Stream"
import { bootDuration, pluginInfo, pluginStart } from "../metrics.ts"

const started = Effect.fnUntraced(function*(plugin: string, millis: number) {
  const lifecycle = yield* Lifecycle
  const version = (yield* lifecycle.plugins).find(({ name }) => name === plugin)?.version ?? "unknown"
  yield* Metric.update(Metric.withAttributes(pluginInfo, { plugin, version }), 1)
  yield* Metric.update(Metric.withAttributes(pluginStart, { plugin }), millis / 1000)
})

const onEvent = (whenRunning: Effect.Effect<void>) => (event: LifecycleEvent) =>
  event._tag === "PluginStarted"
    ? started(event.name, event.millis)
    : event._tag === "Running"
    ? Effect.andThen(Metric.update(bootDuration, event.millis / 1000), whenRunning)
    : Effect.void

/** Follows the events on a fiber of the scope; `whenRunning` is run once, when everything has started. */
export const follow = Effect.fnUntraced(function*(whenRunning: Effect.Effect<void>) {
  const lifecycle = yield* Lifecycle
  yield* Effect.forkScoped(Stream.runForEach(lifecycle.events, onEvent(whenRunning)))
})
