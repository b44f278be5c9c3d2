/** Takes the app down: the steps of a drain, then the plugins in reverse waves. What used up its budget is cut and told. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { StopStepStatus } from "../Lifecycle.ts"
import type { Checked } from "../Plan.ts"
import type * as Plugin from "../Plugin.ts"
import { bounded } from "./bounded.ts"
import type { Built } from "./built.ts"
import type { LifecycleState } from "./lifecycle.ts"

interface Stopping {
  readonly checked: Checked
  readonly built: Built
  readonly state: LifecycleState
  readonly background: Scope.Closeable
}

const millis = (value: number): string => `${Math.round(value)} ms`

const stepText = ({ cut, millis: took = 0, step }: StopStepStatus): string =>
  `${step} ${millis(took)}${cut.length === 0 ? "" : ` (cut: ${cut.join(", ")})`}`

export const make = ({ background, built, checked: { tree: { timing }, waves }, state }: Stopping) => {
  /** Closing may hang in somebody's finalizer; the budget keeps one plugin from holding the whole stop. */
  const close = (name: string, cut: Array<string>) => {
    const scope = built.scopes.get(name)
    const late = Effect.suspend(() => {
      cut.push(name)
      return Effect.logError(`stop: ${name} was cut after ${Duration.format(timing.close)}`)
    })
    return scope === undefined ? Effect.void : bounded(Scope.close(scope, Exit.void), timing.close, late)
  }

  const closeOne = Effect.fnUntraced(function*({ name }: Plugin.Any, cut: Array<string>) {
    const startedAt = yield* Clock.currentTimeMillis
    const ran = state.statuses.get(name)?.state === "started"
    if (ran) state.mark(name, "stopping")
    yield* Effect.annotateLogs(close(name, cut), "plugin", name)
    if (!ran) return
    const stopMillis = (yield* Clock.currentTimeMillis) - startedAt
    state.mark(name, "stopped", { stopMillis })
    yield* state.publish({ _tag: "PluginStopped", name, millis: stopMillis })
  })

  const shares = (plugins: ReadonlyArray<Plugin.Any>): string =>
    plugins.map(({ name }) => `${name} ${millis(state.statuses.get(name)?.stopMillis ?? 0)}`).join(", ")

  /** Who took how long; told while the logger still runs. */
  const report = Effect.fnUntraced(function*(closed: ReadonlyArray<Plugin.Any>, closeMillis: number) {
    const steps = (yield* state.service.stopping).filter(({ millis }) => millis !== undefined).map(stepText)
    const closing = `close ${millis(closeMillis)}${closed.length === 0 ? "" : ` (${shares(closed)})`}`
    yield* Effect.logInfo(`stopped: ${[...steps, closing].join(", ")}`)
  })

  const closeAll = Effect.fnUntraced(function*(cut: Array<string>) {
    const startedAt = yield* Clock.currentTimeMillis
    const closed: Array<Plugin.Any> = []
    let told = false
    for (const wave of waves.toReversed()) {
      if (!told && wave.some(({ ambient }) => ambient)) {
        told = true
        yield* report(closed, (yield* Clock.currentTimeMillis) - startedAt)
      }
      yield* Effect.forEach(wave, (plugin) => closeOne(plugin, cut), { concurrency: "unbounded" })
      closed.push(...wave)
    }
    if (!told) yield* report(closed, (yield* Clock.currentTimeMillis) - startedAt)
  })

  /** For a boot that failed: nothing was promised to anybody yet. */
  const stop = Effect.gen(function*() {
    yield* bounded(Scope.close(background, Exit.void), timing.close, Effect.void)
    yield* state.stopSteps.run("close", closeAll)
    yield* state.enter("stopped", { _tag: "Stopped" })
  })

  const drain = Effect.gen(function*() {
    const reason = yield* state.stopReason
    yield* state.enter("draining", { _tag: "Draining", reason })
    yield* Effect.logInfo(`stopping: asked for by ${reason}`)
    yield* state.stopSteps.run("lame_duck", () => Effect.sleep(timing.lameDuck))
    for (const phase of ["accept", "requests", "jobs"] as const) yield* state.runHooks(phase)
    yield* stop
  })

  return { stop, drain } as const
}
