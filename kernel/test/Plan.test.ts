import { assert, it } from "@effect/vitest"
import { Contract, Kernel, type KernelError, Lifecycle, Plugin, type Settings } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { fromTable } from "./plugins.ts"

const manifest = { name: "@test/web", version: "1.2.3", peerDependencies: { "@test/base": "^1.0.0" } }
const base = { name: "@test/base", version: "1.0.0" }
const BaseContract = Contract.make({ name: "base", manifest: base, services: [] })

const BasePlugin = Plugin.make({
  manifest: base,
  contract: BaseContract,
  requires: [],
  config: Schema.Struct({}),
  layer: () => Layer.empty
})

/** Building it would be a fault of the plan. */
const WebPlugin = Plugin.make({
  manifest,
  contract: Contract.make({ name: "web", manifest, services: [] }),
  requires: [BaseContract],
  config: Schema.Struct({ port: Schema.Int, quick: Schema.optionalKey(Schema.Boolean) }),
  paths: ["/web"],
  needs: ({ port }) => [{ kind: "port", what: `127.0.0.1:${port}`, key: "web.port" }],
  advice: ({ quick }) =>
    quick === true
      ? [{ kind: "not-applied", keys: ["web.quick"], message: "setting not applied: web.quick: no such thing" }]
      : [],
  layer: () => Layer.effectDiscard(Effect.die("the plan must not build anything"))
})

const LogPlugin = Plugin.make({
  manifest: { name: "@test/log", version: "3.0.0" },
  contract: Contract.make({ name: "log", manifest: { name: "@test/log", version: "3.0.0" }, services: [] }),
  requires: [],
  config: Schema.Struct({}),
  ambient: true,
  layer: () => Layer.empty
})

const seconds = (value: number) => Duration.seconds(value)

const timing: Settings.Timing = {
  startTimeout: seconds(60),
  lameDuck: seconds(2),
  drain: { accept: seconds(1), requests: seconds(10), jobs: seconds(20) },
  close: seconds(5)
}

const plan = (more: Partial<Settings.SettingsTree> = {}) =>
  Kernel.plan([LogPlugin, WebPlugin, BasePlugin]).pipe(
    Effect.provide(settings({ web: { port: 8080, quick: true } }, { timing, ...more }))
  )

it.effect("tells waves, edges, needs, advice and the longest chain, and builds nothing", () =>
  Effect.gen(function*() {
    const { advice, criticalPath, edges, needs, plugins, start, stop } = yield* plan()
    assert.deepStrictEqual(start, [["log"], ["base"], ["web"]])
    assert.deepStrictEqual(stop, [["web"], ["base"], ["log"]])
    assert.deepStrictEqual(criticalPath, ["log", "base", "web"])
    assert.deepStrictEqual(edges.map(({ why }) => why), [
      `"web" requires the contract that "base" keeps`,
      `"log" is ambient: everybody uses it without naming it`,
      `"log" is ambient: everybody uses it without naming it`
    ])
    assert.deepStrictEqual(needs, [{ plugin: "web", kind: "port", what: "127.0.0.1:8080", key: "web.port" }])
    assert.deepStrictEqual(advice.map(({ message }) => message), ["setting not applied: web.quick: no such thing"])
    assert.deepStrictEqual(plugins.at(-1), {
      name: "web",
      package: "@test/web",
      version: "1.2.3",
      wave: 2,
      ambient: false,
      requires: ["base"],
      waitsFor: ["base", "log"],
      onFailure: "abort",
      paths: ["/web"],
      written: []
    })
  }))

it.effect("adds up the budgets of the stop to what the platform must grant", () =>
  Effect.gen(function*() {
    const { drain } = yield* plan()
    assert.deepStrictEqual(drain, {
      steps: [
        { step: "lame_duck", budgetMillis: 2000 },
        { step: "accept", budgetMillis: 1000 },
        { step: "requests", budgetMillis: 10_000 },
        { step: "jobs", budgetMillis: 20_000 },
        { step: "close", budgetMillis: 15_000 }
      ],
      budgetMillis: 48_000,
      terminationGracePeriodSeconds: 53
    })
  }))

it.effect("says when the platform grants less than the stop may take", () =>
  Effect.gen(function*() {
    const short = yield* plan({ timing: { ...timing, terminationGrace: seconds(30) } })
    assert.deepStrictEqual(short.advice.filter(({ kind }) => kind === "contradiction").map(({ message }) => message), [
      "deployment.termination_grace (30s) is shorter than the stop may take (48s): the platform would kill the app. " +
      "Grant 53 s, or shorten deployment.drain."
    ])
    const enough = yield* plan({ timing: { ...timing, terminationGrace: seconds(48) } })
    assert.deepStrictEqual(enough.advice.filter(({ kind }) => kind === "contradiction"), [])
  }))

it.effect("is plain JSON", () =>
  Effect.gen(function*() {
    const made = yield* plan()
    assert.deepStrictEqual(JSON.parse(JSON.stringify(made)), made)
  }))

it.effect("is refused with every fault, and so is a policy for a plugin that is not there", () =>
  Effect.gen(function*() {
    const policies = {
      bese: { onFailure: "degrade", attempts: 1, initialBackoff: seconds(1), maxBackoff: seconds(1) }
    } as const
    const error: KernelError = yield* Effect.flip(
      Kernel.plan([WebPlugin]).pipe(Effect.provide(settings({ web: { port: "x" } }, { policies })))
    )
    assert.deepStrictEqual(error.reasons.map(({ message }) => message), [
      `"web" requires the contract "base", which no plugin of this app keeps. Add a plugin that keeps it (contract of @test/base).`,
      `settings: web.port: expected number, got "x"`,
      `settings: deployment.plugins.bese: unknown key; known here: web`
    ])
  }))

it.effect("is what a running app says it was started by", () =>
  Effect.gen(function*() {
    const plugins = fromTable({ a: {}, b: { requires: ["a"] }, c: {} })
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(Kernel.layerOf(plugins), scope)
    const recorded = yield* Context.get(context, Lifecycle).plugins
    yield* Scope.close(scope, Exit.void)
    const { plugins: planned } = yield* Kernel.plan(plugins)
    assert.deepStrictEqual(
      recorded.map(({ name, version, wave }) => ({ name, version, wave })),
      planned.map(({ name, version, wave }) => ({ name, version, wave }))
    )
  }))
