/** Builds the waves and takes them down again. The order of everything that starts or stops is decided here. */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { KernelError, PluginFailed } from "../errors.ts"
import { Lifecycle } from "../Lifecycle.ts"
import type * as Plugin from "../Plugin.ts"
import type { PluginGraph } from "../PluginGraph.ts"
import type { SettingsTree } from "../Settings.ts"
import { apart, bounded } from "./bounded.ts"
import * as LifecycleState from "./lifecycle.ts"

export interface Checked extends Pick<SettingsTree, "timing" | "warnings">, Pick<PluginGraph, "waves"> {
  readonly layers: ReadonlyMap<string, Layer.Layer<never, unknown, unknown>>
}

/** What one boot has built so far. */
interface Built {
  /** By contract name, only the services of the contract. */
  readonly kept: Map<string, Context.Context<never>>
  /** Everything that ambient plugins made, references included: it reaches every later plugin and the kernel's logs. */
  ambient: Context.Context<never>
  readonly scopes: Map<string, Scope.Closeable>
}

/**
 * The single cast of the repository. The graph was checked, so a plugin's context holds every service of the contracts
 * that it requires; `Plugin.make` and the type of `Kernel.layer` prove the same at compile time.
 */
const trust = (context: Context.Context<never>): Context.Context<unknown> => context as Context.Context<unknown>

const contextFor = (plugin: Plugin.Any, { ambient, kept }: Built): Context.Context<unknown> =>
  trust(Context.mergeAll(ambient, ...plugin.requires.map(({ name }) => kept.get(name) ?? Context.empty())))

const keep = ({ ambient, contract }: Plugin.Any, made: Context.Context<never>, built: Built): void => {
  built.kept.set(contract.name, Context.pick(...contract.services)(trust(made)))
  if (ambient) built.ambient = Context.merge(built.ambient, made)
}

/** Says on whom the boot waits, for as long as it waits. */
const tellWaiting = Effect.fnUntraced(function*({ bootedAt, statuses }: LifecycleState.LifecycleState) {
  yield* Effect.sleep("5 seconds")
  const elapsed = (yield* Clock.currentTimeMillis) - bootedAt
  const waiting = [...statuses.values()].flatMap(({ name, startedAtMillis, state }) =>
    state === "starting" ? [`${name} (${Math.round((elapsed - startedAtMillis) / 1000)} s)`] : []
  )
  yield* Effect.logWarning(`still starting: ${waiting.join(", ")}`)
})

const adviceWhenLate = "Look at its last log lines, or raise deployment.start_timeout."

/** EX_UNAVAILABLE: what hangs waits, nearly always, for something that others withhold. */
const late = (plugin: string, deadline: Duration.Duration): PluginFailed => {
  const problem = `it was not ready within ${Duration.format(deadline)}. ${adviceWhenLate}`
  return new PluginFailed({ plugin, problem, exitCode: 69, cause: problem })
}

/** The Layer of the whole app, given a checked list of plugins. */
export const build = Effect.fnUntraced(function*({ layers, timing, warnings, waves }: Checked) {
  const state = yield* LifecycleState.make(waves)
  const memoMap = yield* Layer.makeMemoMap
  const built: Built = { kept: new Map(), ambient: Context.make(Lifecycle, state.service), scopes: new Map() }
  const elapsed = Effect.map(Clock.currentTimeMillis, (now) => now - state.bootedAt)

  const buildOne = Effect.fnUntraced(function*(plugin: Plugin.Any) {
    const scope = yield* Scope.make()
    built.scopes.set(plugin.name, scope)
    const building = Layer.buildWithMemoMap(layers.get(plugin.name) ?? Layer.empty, memoMap, scope).pipe(
      Effect.provideContext(contextFor(plugin, built)),
      Effect.annotateLogs("plugin", plugin.name)
    )
    return yield* bounded(building, timing.startTimeout, late(plugin.name, timing.startTimeout), timing.drainBudget)
  })

  const startOne = Effect.fnUntraced(function*(plugin: Plugin.Any) {
    const { name } = plugin
    const startedAtMillis = yield* elapsed
    state.mark(name, "starting", { startedAtMillis })
    yield* state.publish({ _tag: "PluginStarting", name })
    const exit = yield* Effect.exit(buildOne(plugin))
    const millis = (yield* elapsed) - startedAtMillis
    state.mark(name, Exit.isSuccess(exit) ? "started" : "failed", { buildMillis: millis })
    if (Exit.isSuccess(exit)) {
      keep(plugin, exit.value, built)
      yield* state.publish({ _tag: "PluginStarted", name, millis })
      return []
    }
    const reason = PluginFailed.of(name, Cause.squash(exit.cause))
    yield* state.publish({ _tag: "PluginFailed", name, problem: reason.message })
    return [reason]
  })

  const start = Effect.gen(function*() {
    for (const wave of waves) {
      const reasons = (yield* Effect.forEach(wave, startOne, { concurrency: "unbounded" })).flat()
      if (Arr.isArrayNonEmpty(reasons)) return yield* new KernelError({ reasons })
    }
  })

  /** Closing may hang in somebody's finalizer; the budget keeps one plugin from holding the whole stop. */
  const close = (name: string) => {
    const scope = built.scopes.get(name)
    const cut = Effect.logError(`stop: ${name} was cut after ${Duration.format(timing.drainBudget)}`)
    return scope === undefined ? Effect.void : bounded(Scope.close(scope, Exit.void), timing.drainBudget, cut)
  }

  const stopOne = Effect.fnUntraced(function*({ name }: Plugin.Any) {
    const startedAt = yield* elapsed
    const ran = state.statuses.get(name)?.state === "started"
    if (ran) state.mark(name, "stopping")
    yield* Effect.annotateLogs(close(name), "plugin", name)
    if (!ran) return
    state.mark(name, "stopped")
    yield* state.publish({ _tag: "PluginStopped", name, millis: (yield* elapsed) - startedAt })
  })

  const stop = Effect.gen(function*() {
    for (const wave of waves.toReversed()) yield* Effect.forEach(wave, stopOne, { concurrency: "unbounded" })
    yield* state.enter("stopped", { _tag: "Stopped" })
  })

  const drain = Effect.gen(function*() {
    yield* state.enter("draining", { _tag: "Draining" })
    yield* Effect.sleep(timing.lameDuck)
    yield* state.runHooks(timing.drainBudget)
    yield* stop
  })

  yield* start.pipe(
    Effect.raceFirst(Effect.forever(Effect.suspend(() => Effect.provideContext(tellWaiting(state), built.ambient)))),
    Effect.onError(() => apart(Effect.provideContext(stop, built.ambient)))
  )
  yield* Effect.addFinalizer(() => apart(Effect.provideContext(drain, built.ambient)))
  yield* state.enter("running", { _tag: "Running", millis: yield* elapsed })
  for (const warning of warnings) yield* Effect.provideContext(Effect.logWarning(warning), built.ambient)
  return trust(Context.mergeAll(built.ambient, ...built.kept.values()))
})
