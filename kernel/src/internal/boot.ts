/** Builds the waves and takes them down again. The order of everything that starts or stops is the plan's. */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { KernelError } from "../errors.ts"
import { Lifecycle, Onlooker } from "../Lifecycle.ts"
import { LiveSettings } from "../LiveSettings.ts"
import { Operations } from "../Operations.ts"
import * as Plan from "../Plan.ts"
import type * as Settings from "../Settings.ts"
import { apart } from "./bounded.ts"
import * as Built from "./built.ts"
import * as LifecycleState from "./lifecycle.ts"
import * as Live from "./liveSettings.ts"
import * as OperationTable from "./operations.ts"
import * as Start from "./start.ts"
import * as Stop from "./stop.ts"
import { tellAdvice } from "./tellAdvice.ts"
import { tellWaiting } from "./waiting.ts"

/** The Layer of the whole app, given a checked list of plugins. */
export const build = Effect.fnUntraced(function*(checked: Plan.Checked, source: Settings.Source) {
  const plan = Plan.make(checked)
  const state = yield* LifecycleState.make(plan, checked.tree.timing)
  const settings = yield* Live.make(checked, source, state, plan.advice)
  const operations = OperationTable.make()
  yield* OperationTable.registerOwn(operations, state, settings.service, plan)
  const own = Context.make(Lifecycle, state.service).pipe(
    Context.add(LiveSettings, settings.service),
    Context.add(Operations, operations)
  )
  const built = Built.make(own)
  // Whatever the kernel itself logs goes through the app's own logger as soon as that runs.
  const speaking = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.suspend(() => Effect.provideContext(Effect.annotateLogs(effect, "plugin", "kernel"), built.ambient()))
  const background = yield* Scope.make()
  yield* Effect.forkIn(Effect.ignoreCause((yield* Onlooker)(state.service)), background)
  const startOne = yield* Start.make({ checked, plan, built, state, background })
  const { drain, stop } = Stop.make({ checked, built, state, background })

  const start = Effect.gen(function*() {
    for (const wave of checked.waves) {
      const starting = Effect.forEach(wave, (plugin) => speaking(startOne(plugin)), { concurrency: "unbounded" })
      const reasons = (yield* starting).flat()
      if (Arr.isArrayNonEmpty(reasons)) return yield* new KernelError({ reasons })
    }
  })

  yield* start.pipe(
    Effect.raceFirst(Effect.forever(speaking(tellWaiting(state)))),
    Effect.onError(() => apart(speaking(stop)))
  )
  yield* Effect.addFinalizer(() => apart(speaking(drain)))
  yield* Effect.forkIn(speaking(settings.follow), background)
  yield* state.enter("running", { _tag: "Running", millis: (yield* Clock.currentTimeMillis) - state.bootedAt })
  yield* speaking(tellAdvice(plan.advice))
  return built.all()
})
