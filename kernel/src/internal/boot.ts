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
import type { Deployment } from "../Deployment.ts"
import { KernelError, pluginFailed, PluginTimedOut, type Reason } from "../errors.ts"
import { Lifecycle } from "../Lifecycle.ts"
import type * as Plugin from "../Plugin.ts"
import type { NotApplied } from "../Settings.ts"
import { apart, bounded } from "./bounded.ts"
import * as LifecycleState from "./lifecycle.ts"

export interface Checked {
  readonly waves: ReadonlyArray<ReadonlyArray<Plugin.Any>>
  readonly layers: ReadonlyMap<string, Layer.Layer<never, unknown, unknown>>
  readonly deployment: Deployment
  readonly notApplied: ReadonlyArray<NotApplied>
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

const contextFor = (plugin: Plugin.Any, built: Built): Context.Context<unknown> =>
  trust(Context.mergeAll(
    built.ambient,
    ...plugin.requires.map((contract) => built.kept.get(contract.name) ?? Context.empty())
  ))

const keep = (plugin: Plugin.Any, made: Context.Context<never>, built: Built): void => {
  built.kept.set(plugin.contract.name, Context.pick(...plugin.contract.services)(trust(made)))
  if (plugin.ambient) built.ambient = Context.merge(built.ambient, made)
}

const slow = Duration.seconds(5)

/** Says on whom the boot waits, for as long as it waits. */
const tellWaiting = (state: LifecycleState.LifecycleState, built: Built) =>
  Effect.gen(function*() {
    yield* Effect.sleep(slow)
    const now = yield* Clock.currentTimeMillis
    const waiting = [...state.statuses.values()]
      .filter((status) => status.state === "starting")
      .map(({ name, startedAtMillis }) => `${name} (${Math.round((now - state.bootedAt - startedAtMillis) / 1000)} s)`)
    yield* Effect.provideContext(Effect.logWarning(`still starting: ${waiting.join(", ")}`), built.ambient)
  }).pipe(Effect.forever)

const failed = (plugin: Plugin.Any, exit: Exit.Exit<unknown, unknown>): ReadonlyArray<Reason> => {
  if (Exit.isSuccess(exit)) return []
  const error = Cause.squash(exit.cause)
  return [error instanceof PluginTimedOut ? error : pluginFailed(plugin.name, error)]
}

/** The Layer of the whole app, given a checked list of plugins. */
export const build = Effect.fnUntraced(function*({ deployment, layers, notApplied, waves }: Checked) {
  const state = yield* LifecycleState.make(waves)
  const memoMap = yield* Layer.makeMemoMap
  const built: Built = { kept: new Map(), ambient: Context.make(Lifecycle, state.service), scopes: new Map() }
  const elapsed = Effect.map(Clock.currentTimeMillis, (now) => now - state.bootedAt)

  const buildOne = Effect.fnUntraced(function*(plugin: Plugin.Any) {
    const scope = yield* Scope.make()
    built.scopes.set(plugin.name, scope)
    const build = Layer.buildWithMemoMap(layers.get(plugin.name) ?? Layer.empty, memoMap, scope).pipe(
      Effect.provideContext(contextFor(plugin, built)),
      Effect.annotateLogs("plugin", plugin.name)
    )
    const deadline = Duration.format(deployment.start_timeout)
    return yield* bounded(build, deployment.start_timeout, new PluginTimedOut({ plugin: plugin.name, deadline }))
  })

  const startOne = Effect.fnUntraced(function*(plugin: Plugin.Any) {
    const startedAtMillis = yield* elapsed
    state.mark(plugin.name, "starting", { startedAtMillis })
    yield* state.publish({ _tag: "PluginStarting", name: plugin.name })
    const exit = yield* Effect.exit(buildOne(plugin))
    const millis = (yield* elapsed) - startedAtMillis
    const reasons = failed(plugin, exit)
    state.mark(plugin.name, Exit.isSuccess(exit) ? "started" : "failed", { buildMillis: millis })
    if (Exit.isSuccess(exit)) keep(plugin, exit.value, built)
    yield* state.publish(
      Exit.isSuccess(exit)
        ? { _tag: "PluginStarted", name: plugin.name, millis }
        : { _tag: "PluginFailed", name: plugin.name, problem: reasons.map((reason) => reason.message).join(" ") }
    )
    return reasons
  })

  const startWave = Effect.fnUntraced(function*(wave: ReadonlyArray<Plugin.Any>) {
    const reasons = (yield* Effect.forEach(wave, startOne, { concurrency: "unbounded" })).flat()
    if (Arr.isArrayNonEmpty(reasons)) return yield* new KernelError({ reasons })
  })

  /** Closing may hang in somebody's finalizer; the budget keeps one plugin from holding the whole stop. */
  const close = (name: string, scope: Scope.Closeable) =>
    bounded(
      Scope.close(scope, Exit.void),
      deployment.drain.budget,
      Effect.logError(`stop: ${name} was cut after ${Duration.format(deployment.drain.budget)}`)
    )

  const stopOne = Effect.fnUntraced(function*({ name }: Plugin.Any) {
    const scope = built.scopes.get(name)
    if (scope === undefined) return
    const startedAt = yield* elapsed
    const had = state.statuses.get(name)?.state
    if (had === "started") state.mark(name, "stopping")
    yield* Effect.annotateLogs(close(name, scope), "plugin", name)
    if (had !== "started") return
    state.mark(name, "stopped")
    yield* state.publish({ _tag: "PluginStopped", name, millis: (yield* elapsed) - startedAt })
  })

  const stop = Effect.forEach(
    waves.toReversed(),
    (wave) => Effect.forEach(wave, stopOne, { concurrency: "unbounded", discard: true }),
    { discard: true }
  ).pipe(
    Effect.andThen(state.enter("stopped", { _tag: "Stopped" }))
  )

  const drain = state.enter("draining", { _tag: "Draining" }).pipe(
    Effect.andThen(Effect.sleep(deployment.drain.lame_duck)),
    Effect.andThen(state.runHooks(deployment.drain.budget)),
    Effect.andThen(stop)
  )

  yield* Effect.forEach(waves, startWave, { discard: true }).pipe(
    Effect.raceFirst(tellWaiting(state, built)),
    Effect.onError(() => apart(stop))
  )
  yield* Effect.addFinalizer(() => apart(Effect.provideContext(drain, built.ambient)))
  yield* state.enter("running", { _tag: "Running", millis: yield* elapsed })
  yield* Effect.forEach(
    notApplied,
    ({ key, origin, why }) => Effect.logWarning(`setting not applied: ${key} (${origin}): ${why}`),
    { discard: true }
  ).pipe(
    Effect.provideContext(built.ambient)
  )
  return trust(Context.mergeAll(built.ambient, ...built.kept.values()))
})
