import { assert, describe, it } from "@effect/vitest"
import { Contract, Kernel, type KernelError, Lifecycle, type LifecycleEvent, Plugin, Settings } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { fromTable, type Row } from "./plugins.ts"

const run = (table: Record<string, Row>, journal: Array<string> = [], tree: Partial<Settings.SettingsTree> = {}) =>
  Kernel.layer(fromTable(table, journal)).pipe(Layer.provide(settings(tree.value ?? {}, tree)))

const timing = (times: Partial<Settings.Timing>) => ({ timing: { ...Settings.empty.timing, ...times } })

class NoDisk extends Schema.TaggedError<NoDisk>()("NoDisk", {}) {
  override get message() {
    return "no disk"
  }
}
const noDisk = new NoDisk()

const messages = (error: KernelError) => error.reasons.map((reason) => reason.message)

describe("starting", () => {
  it.effect("starts in waves and stops in reverse", () =>
    Effect.gen(function*() {
      const journal: Array<string> = []
      yield* Effect.scoped(Layer.build(run({ c: { requires: ["b"] }, b: { requires: ["a"] }, a: {} }, journal)))
      assert.deepStrictEqual(journal, ["start a", "start b", "start c", "stop c", "stop b", "stop a"])
    }))

  it.effect("starts siblings concurrently", () =>
    Effect.gen(function*() {
      const met = yield* Deferred.make<void>()
      // "a" can only finish when "b" runs beside it.
      const built = yield* Effect.scoped(
        Layer.build(run({ a: { build: Deferred.await(met) }, b: { build: Deferred.succeed(met, undefined) } }))
      ).pipe(Effect.exit)
      assert.isTrue(Exit.isSuccess(built))
    }))

  it.effect("tells graph and settings faults together and starts nothing", () =>
    Effect.gen(function*() {
      const journal: Array<string> = []
      const table = { a: { requires: ["x"] } }
      const error = yield* Effect.flip(
        Effect.scoped(Layer.build(run(table, journal, { value: { a: { sise: 1 }, b: {} } })))
      )
      assert.deepStrictEqual(messages(error), [
        `"a" requires the contract "x", which no plugin of this app keeps. Add a plugin that keeps it (contract of @test/x).`,
        `settings: b: unknown key, did you mean "a"?`,
        `settings: a.sise: unknown key, did you mean "size"?`
      ])
      assert.deepStrictEqual(journal, [])
      assert.strictEqual(Runtime.getErrorExitCode(error), 78)
    }))

  it.effect("stops what had started when a later plugin fails, and tells every failure of the wave", () =>
    Effect.gen(function*() {
      const journal: Array<string> = []
      const table = {
        a: {},
        b: { requires: ["a"], build: Effect.fail(noDisk) },
        c: { requires: ["a"], build: Effect.die("bug") },
        d: { requires: ["a"] },
        e: { requires: ["d"] }
      }
      const error = yield* Effect.flip(Effect.scoped(Layer.build(run(table, journal))))
      assert.deepStrictEqual(messages(error), [`"b" did not start: no disk`, `"c" did not start: bug`])
      assert.deepStrictEqual(journal, ["start a", "start d", "stop d", "stop a"])
      assert.strictEqual(Runtime.getErrorExitCode(error), 70)
    }))

  it.effect("takes the exit code from the plugin's own error", () =>
    Effect.gen(function*() {
      const unavailable = Object.assign(new NoDisk(), { [Runtime.errorExitCode]: 69 })
      const error = yield* Effect.flip(Effect.scoped(Layer.build(run({ a: { build: Effect.fail(unavailable) } }))))
      assert.strictEqual(Runtime.getErrorExitCode(error), 69)
    }))

  it.effect("names the plugin that is not ready within the deadline", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(
        Effect.flip(
          Effect.scoped(
            Layer.build(run({ slow: { build: Effect.never } }, [], timing({ startTimeout: Duration.seconds(30) })))
          )
        )
      )
      yield* TestClock.adjust("31 seconds")
      const error = yield* Fiber.join(fiber)
      assert.deepStrictEqual(messages(error), [
        `"slow" did not start: it was not ready within 30s. Look at its last log lines, or raise deployment.start_timeout.`
      ])
    }))

  it.effect("is not held by a plugin that cannot be interrupted", () =>
    Effect.gen(function*() {
      const stuck = { build: Effect.uninterruptible(Effect.never) }
      const fiber = yield* Effect.forkChild(Effect.flip(Effect.scoped(Layer.build(run({ stuck })))))
      yield* TestClock.adjust("61 seconds")
      assert.deepStrictEqual(messages(yield* Fiber.join(fiber)), [
        `"stuck" did not start: it was not ready within 1m. Look at its last log lines, or raise deployment.start_timeout.`
      ])
    }))
})

describe("lifecycle", () => {
  it.effect("tells every event in order, also to a late subscriber", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(run({ a: {}, b: { requires: ["a"] } }), scope)
      const { events } = yield* Effect.provideContext(Lifecycle, context)
      const fiber = yield* Effect.forkChild(Stream.runCollect(events), { startImmediately: true })
      yield* Scope.close(scope, Exit.void)
      const tags = (yield* Fiber.join(fiber)).map((event: LifecycleEvent) =>
        "name" in event ? `${event._tag} ${event.name}` : "step" in event ? `${event._tag} ${event.step}` : event._tag
      )
      assert.deepStrictEqual(tags, [
        "PluginStarting a",
        "PluginStarted a",
        "PluginStarting b",
        "PluginStarted b",
        "Running",
        "Draining",
        ...["lame_duck", "accept", "requests", "jobs"].flatMap((
          step
        ) => [`StopStepStarted ${step}`, `StopStepEnded ${step}`]),
        "StopStepStarted close",
        "PluginStopped b",
        "PluginStopped a",
        "StopStepEnded close",
        "Stopped"
      ])
    }))

  it.effect("drains in steps before anything is stopped, and cuts a hook that takes too long", () =>
    Effect.gen(function*() {
      const journal: Array<string> = []
      const scope = yield* Scope.make()
      const layer = run(
        { a: {} },
        journal,
        timing({
          drain: { accept: Duration.seconds(10), requests: Duration.seconds(10), jobs: Duration.seconds(10) },
          lameDuck: Duration.seconds(5)
        })
      )
      const lifecycle = yield* Effect.provideContext(Lifecycle, yield* Layer.buildWithScope(layer, scope))
      const hooks = yield* Effect.scope
      const hook = (phase: "accept" | "requests" | "jobs", run: Effect.Effect<void>) =>
        lifecycle.onDrain({ name: phase, phase, run: Effect.andThen(Effect.sync(() => journal.push(phase)), run) })
          .pipe(
            Scope.provide(hooks)
          )
      yield* hook("jobs", Effect.void)
      yield* hook("requests", Effect.never)
      yield* hook("accept", Effect.die("a bug in a hook"))
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      assert.strictEqual(yield* lifecycle.phase, "draining")
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual(journal, ["start a"])
      yield* TestClock.adjust("12 seconds")
      yield* Fiber.join(closing)
      assert.deepStrictEqual(journal, ["start a", "accept", "requests", "jobs", "stop a"])
      assert.strictEqual(yield* lifecycle.phase, "stopped")
    }))

  it.effect("drains in full when it is interrupted, as by a signal", () =>
    Effect.gen(function*() {
      const journal: Array<string> = []
      const slow = Effect.andThen(Effect.sleep("3 seconds"), Effect.sync(() => journal.push("hook")))
      const build = Lifecycle.use(({ onDrain }) =>
        onDrain({ name: "slow", phase: "requests", run: Effect.asVoid(slow) })
      )
      const main = yield* Effect.forkChild(
        Layer.launch(run({ a: { build } }, journal, timing({ lameDuck: Duration.seconds(15) })))
      )
      yield* TestClock.adjust("1 second")
      const interrupting = yield* Effect.forkChild(Fiber.interrupt(main), { startImmediately: true })
      yield* TestClock.adjust("17 seconds")
      assert.deepStrictEqual(journal, ["start a"])
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(interrupting)
      assert.deepStrictEqual(journal, ["start a", "hook", "stop a"])
    }))

  it.effect("stops what had started when it is interrupted while it starts", () =>
    Effect.gen(function*() {
      const journal: Array<string> = []
      const table = { a: {}, b: { requires: ["a"], build: Effect.never } }
      const main = yield* Effect.forkChild(Layer.launch(run(table, journal)))
      yield* TestClock.adjust("1 second")
      const interrupting = yield* Effect.forkChild(Fiber.interrupt(main), { startImmediately: true })
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(interrupting)
      assert.deepStrictEqual(journal, ["start a", "stop a"])
    }))

  it.effect("waits for a start that ignores its interruption no longer than for a plugin that stops", () =>
    Effect.gen(function*() {
      const journal: Array<string> = []
      const table = { a: {}, b: { requires: ["a"], build: Effect.uninterruptible(Effect.never) } }
      const main = yield* Effect.forkDetach(Layer.launch(run(table, journal)))
      yield* TestClock.adjust("1 second")
      yield* Effect.forkDetach(Fiber.interrupt(main), { startImmediately: true })
      yield* TestClock.adjust("20 seconds")
      assert.deepStrictEqual(journal, ["start a", "stop a"])
    }))

  it.effect("tells through the app's own logger whom it cut while it stopped what had started", () =>
    Effect.gen(function*() {
      const lines: Array<unknown> = []
      const manifest = { name: "@test/log", version: "1.0.0" }
      const log = Plugin.make({
        manifest,
        contract: Contract.make({ name: "log", manifest, services: [] }),
        requires: [],
        config: Schema.Struct({}),
        layer: () => Logger.layer([Logger.make(({ message }) => void lines.push(message))]),
        ambient: true
      })
      const stuck = Effect.addFinalizer(() => Effect.never)
      const others = fromTable({ a: { build: stuck }, b: { requires: ["a"], build: Effect.fail(noDisk) } })
      const app = Layer.provide(Kernel.layer([log, ...others]), settings({}))
      const failing = yield* Effect.forkChild(Effect.flip(Effect.scoped(Layer.build(app))))
      yield* TestClock.adjust("21 seconds")
      assert.deepStrictEqual(messages(yield* Fiber.join(failing)), [`"b" did not start: no disk`])
      assert.deepStrictEqual(lines.flat(), [
        "stop: a was cut after 20s",
        "stopped: close 20000 ms (b 0 ms, a 20000 ms)"
      ])
    }))

  it.effect("tells the state and the wave of every plugin, and the warnings of the settings", () =>
    Effect.gen(function*() {
      const lines: Array<unknown> = []
      const logger = Logger.layer([Logger.make(({ message }) => void lines.push(message))])
      const plugins = yield* Effect.scoped(
        Effect.flatMap(
          Layer.build(run({ a: {}, b: { requires: ["a"] } }, [], {
            advice: [{ kind: "not-applied", keys: ["a.inner"], message: "a.inner has no effect" }]
          })),
          (context) => Effect.flatMap(Effect.provideContext(Lifecycle, context), (lifecycle) => lifecycle.plugins)
        )
      ).pipe(Effect.provide(logger))
      assert.deepStrictEqual(plugins.map(({ name, state, wave }) => ({ name, state, wave })), [
        { name: "a", state: "started", wave: 0 },
        { name: "b", state: "started", wave: 1 }
      ])
      assert.deepStrictEqual(lines.flat().slice(0, 1), ["a.inner has no effect"])
    }))
})
