/** Starts one plugin, as often as its failure policy wants. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Scope from "effect/Scope"
import { PluginFailed, PluginUnavailable } from "../errors.ts"
import { startFailures } from "../metrics.ts"
import type { Checked, Plan } from "../Plan.ts"
import type * as Plugin from "../Plugin.ts"
import type { FailurePolicy } from "../Settings.ts"
import { bounded } from "./bounded.ts"
import type { Built } from "./built.ts"
import type { LifecycleState } from "./lifecycle.ts"

const adviceWhenLate = "Look at its last log lines, or raise deployment.start_timeout."

/** EX_UNAVAILABLE: what hangs waits, nearly always, for something that others withhold. */
const late = (plugin: string, deadline: Duration.Duration): PluginFailed => {
  const problem = `it was not ready within ${Duration.format(deadline)}. ${adviceWhenLate}`
  return new PluginFailed({ plugin, problem, exitCode: 69, cause: problem })
}

const needs = ({ plugin, problem }: PluginUnavailable): string => `it needs "${plugin}", which is not there: ${problem}`

const abort: FailurePolicy = {
  onFailure: "abort",
  attempts: 1,
  initialBackoff: Duration.seconds(1),
  maxBackoff: Duration.seconds(30)
}

const backoff = ({ initialBackoff, maxBackoff }: FailurePolicy, attempt: number): Duration.Duration =>
  Duration.min(Duration.times(initialBackoff, 2 ** Math.min(attempt - 1, 30)), maxBackoff)

interface Starting {
  readonly checked: Checked
  readonly plan: Plan
  readonly built: Built
  readonly state: LifecycleState
  /** Of the fibers that go on trying after the boot. */
  readonly background: Scope.Scope
}

/** What a try came to: nothing when the plugin runs. */
type Outcome = { readonly reason: PluginFailed; readonly waitsFor: string | undefined } | undefined

export const make = Effect.fnUntraced(function*({ background, built, checked, plan, state }: Starting) {
  const { prepared, tree: { policies, timing } } = checked
  const memoMap = yield* Layer.makeMemoMap
  const started = new Map(plan.plugins.map(({ name }) => [name, Deferred.makeUnsafe<void>()]))
  const elapsed = Effect.map(Clock.currentTimeMillis, (now) => now - state.bootedAt)
  const policyOf = (name: string): FailurePolicy => policies[name] ?? abort

  const buildOne = Effect.fnUntraced(function*(plugin: Plugin.Any, attempt: number) {
    const scope = yield* Scope.make()
    built.scopes.set(plugin.name, scope)
    // A Layer that failed stays failed in the map that it was built with.
    const memo = attempt === 1 ? memoMap : yield* Layer.makeMemoMap
    const layer = prepared.get(plugin.name)?.layer ?? Layer.empty
    const building = Layer.buildWithMemoMap(layer, memo, scope).pipe(
      Effect.provideContext(built.contextFor(plugin)),
      Effect.annotateLogs("plugin", plugin.name)
    )
    return yield* bounded(building, timing.startTimeout, late(plugin.name, timing.startTimeout), timing.close)
  })

  /** What a failed try had opened must not stand in the way of the next one. */
  const cleanUp = (name: string) => {
    const scope = built.scopes.get(name)
    return scope === undefined ? Effect.void : bounded(Scope.close(scope, Exit.void), timing.close, Effect.void)
  }

  /** `meanwhile`: what the plugin is while it is built. Who is tried again later stays degraded until he runs. */
  const attemptOne = Effect.fnUntraced(function*(
    plugin: Plugin.Any,
    attempt: number,
    meanwhile: "starting" | "degraded" = "starting"
  ) {
    const { name } = plugin
    const startedAtMillis = yield* elapsed
    const problem = state.statuses.get(name)?.problem
    state.mark(name, meanwhile, { startedAtMillis, attempt, ...(problem === undefined ? {} : { problem }) })
    yield* state.publish({ _tag: "PluginStarting", name, attempt })
    const exit = yield* Effect.exit(buildOne(plugin, attempt))
    const buildMillis = (yield* elapsed) - startedAtMillis
    if (Exit.isFailure(exit)) {
      const error = Cause.squash(exit.cause)
      const absent = error instanceof PluginUnavailable ? error : undefined
      const reason = PluginFailed.of(name, absent === undefined ? error : new Error(needs(absent)))
      state.mark(name, meanwhile === "degraded" ? meanwhile : "failed", { buildMillis, problem: reason.problem })
      yield* Metric.update(Metric.withAttributes(startFailures, { plugin: name }), 1)
      return { reason, waitsFor: absent?.plugin }
    }
    built.keep(plugin, exit.value)
    state.mark(name, "started", { buildMillis })
    yield* state.publish({ _tag: "PluginStarted", name, millis: buildMillis })
    yield* Deferred.succeed(started.get(name) ?? Deferred.makeUnsafe<void>(), undefined)
    return undefined
  })

  const retry = Effect.fnUntraced(function*(name: string, attempt: number, { problem }: PluginFailed) {
    const delay = backoff(policyOf(name), attempt)
    state.mark(name, "retrying", { problem })
    const event = { name, attempt, problem, delayMillis: Duration.toMillis(delay) }
    yield* state.publish({ _tag: "PluginRetrying", ...event })
    yield* Effect.logWarning(
      `${name} did not start (attempt ${attempt}), next try in ${Duration.format(delay)}: ${problem}`
    )
    yield* cleanUp(name)
    yield* Effect.sleep(delay)
  })

  /** Goes on until the plugin runs; while what it needs is away, there is no use in trying. */
  const heal = Effect.fnUntraced(function*(plugin: Plugin.Any, failed: number, first: NonNullable<Outcome>) {
    const { name } = plugin
    let outcome: Outcome = first
    for (let attempt = failed + 1; outcome !== undefined; attempt++) {
      const needed = outcome.waitsFor === undefined ? undefined : started.get(outcome.waitsFor)
      yield* cleanUp(name)
      yield* needed === undefined ? Effect.sleep(backoff(policyOf(name), attempt - 1)) : Deferred.await(needed)
      outcome = yield* attemptOne(plugin, attempt, "degraded")
    }
    yield* Effect.logInfo(`${name} started and is available now`)
  })

  const degrade = Effect.fnUntraced(function*(plugin: Plugin.Any, attempt: number, outcome: NonNullable<Outcome>) {
    const { name } = plugin
    const { problem } = outcome.reason
    built.keepStub(plugin, () => state.statuses.get(name)?.problem ?? problem)
    state.mark(name, "degraded", { problem })
    yield* state.publish({ _tag: "PluginDegraded", name, problem })
    yield* Effect.logWarning(`the app goes on without ${name}, which is tried again: ${problem}`)
    yield* heal(plugin, attempt, outcome).pipe(
      Effect.annotateLogs("plugin", name),
      Effect.forkIn(background)
    )
  })

  /** No reasons when the app can go on. */
  const startOne = Effect.fnUntraced(function*(plugin: Plugin.Any) {
    const { name } = plugin
    const policy = policyOf(name)
    for (let attempt = 1;; attempt++) {
      const outcome: Outcome = yield* attemptOne(plugin, attempt)
      if (outcome === undefined) return []
      // Whose neighbour is away by its own policy has not failed itself.
      if (policy.onFailure === "degrade" || outcome.waitsFor !== undefined) {
        yield* degrade(plugin, attempt, outcome)
        return []
      }
      if (policy.onFailure === "abort" || attempt >= policy.attempts) {
        yield* state.publish({ _tag: "PluginFailed", name, problem: outcome.reason.message })
        return [outcome.reason]
      }
      yield* retry(name, attempt, outcome.reason)
    }
  })

  return startOne
})
