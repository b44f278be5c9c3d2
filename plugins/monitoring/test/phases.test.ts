import { assert, describe, it } from "@effect/vitest"
import { Contract, Kernel, Lifecycle, Plugin, type Settings } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import { MonitoringPlugin } from "@heptad/monitoring/plugin"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { TestClock } from "effect/testing"
import { fakeCommon, freePort, gate, get, url } from "./app.ts"

const manifest = { name: "@test/shop", version: "1.0.0" }
const GateContract = Contract.make({ name: "gate", manifest: { name: "@test/gate", version: "1.2.3" }, services: [] })

const shop = (layer: Layer.Layer<never, never, Lifecycle>, requires: ReadonlyArray<Contract.Any> = []) =>
  Plugin.make({
    manifest: { ...manifest, peerDependencies: { "@test/gate": "^1.0.0" } },
    contract: Contract.make({ name: "shop", manifest, services: [] }),
    requires,
    config: Schema.Struct({}),
    layer: () => layer
  })

/** An app with both ports on known numbers, because its pages are read before it has started and while it stops. */
const prepared = Effect.fnUntraced(
  function*(plugins: ReadonlyArray<Plugin.Any>, more: Partial<Settings.SettingsTree> = {}) {
    const [health, metrics] = [yield* freePort, yield* freePort]
    const monitoring = { health: { port: health }, prometheus: { port: metrics } }
    const scope = yield* Scope.make()
    const app = Kernel.layerOf([fakeCommon([]), MonitoringPlugin, ...plugins]).pipe(
      Layer.provide(settings({ monitoring }, more))
    )
    const page = (port: number) => (path: string) => get(url({ host: "127.0.0.1", port }, path))
    return {
      boot: Layer.buildWithScope(app, scope),
      stop: Scope.close(scope, Exit.void),
      health: page(health),
      metrics: page(metrics)("/metrics")
    }
  }
)

const Verbose = Schema.fromJsonString(Schema.Struct({
  status: Schema.String,
  warn: Schema.optionalKey(Schema.Boolean),
  reason: Schema.optionalKey(Schema.String),
  phase: Schema.String,
  plugins: Schema.Array(Schema.Record(Schema.String, Schema.Json)),
  stopping: Schema.optionalKey(Schema.Array(Schema.Record(Schema.String, Schema.Json)))
}))

const verboseOf = (answer: ReturnType<typeof get>) =>
  Effect.flatMap(answer, ({ body }) => Schema.decodeEffect(Verbose)(body))

type Pages = Effect.Success<ReturnType<typeof prepared>>

/** The plugin `shop` on a page, as soon as the port is open and it is in this state. */
const shopWhen = ({ health }: Pages, page: string, state: string) =>
  Effect.eventually(Effect.sandbox(verboseOf(health(`${page}?verbose`)))).pipe(
    Effect.map(({ plugins }) => plugins.find(({ name }) => name === "shop")),
    Effect.repeat({ until: (plugin) => plugin?.["state"] === state })
  )

const policy = (onFailure: Settings.FailurePolicy["onFailure"]) => ({
  policies: {
    shop: { onFailure, attempts: 3, initialBackoff: Duration.seconds(10), maxBackoff: Duration.seconds(30) }
  }
})

/** Fails until it is told otherwise. */
const failing = () => {
  let problem: string | undefined = "the till is locked"
  const layer = Layer.effectDiscard(
    Effect.suspend(() => problem === undefined ? Effect.void : Effect.die(new Error(problem)))
  )
  return { layer, heal: Effect.sync(() => (problem = undefined)) }
}

describe("while the app starts", () => {
  it.effect("the startup page says who starts, for how long, and who waits for whom", () =>
    Effect.gen(function*() {
      const asking = yield* Deferred.make<void>()
      const hangs = gate(Effect.andThen(Deferred.succeed(asking, undefined), Effect.never), Effect.void)
      const pages = yield* prepared([hangs, shop(Layer.empty, [GateContract])])
      const boot = yield* Effect.forkChild(pages.boot)
      yield* Deferred.await(asking)
      const told = verboseOf(pages.health("/health/startup?verbose"))

      yield* TestClock.adjust("3 seconds")
      const first = yield* told
      assert.deepStrictEqual([first.status, first.phase], ["DOWN", "starting"])
      assert.deepStrictEqual(first.plugins.filter(({ state }) => state !== "started"), [
        {
          name: "gate",
          version: "1.2.3",
          state: "starting",
          wave: 2,
          attempt: 1,
          started_at_ms: 0,
          start_duration_ms: 3000
        },
        {
          name: "shop",
          version: "1.0.0",
          state: "waiting",
          wave: 3,
          waiting_for: ["gate"],
          attempt: 0,
          started_at_ms: 0,
          start_duration_ms: 0
        }
      ])
      yield* TestClock.adjust("4 seconds")
      const later = (yield* told).plugins.find(({ name }) => name === "gate")
      assert.strictEqual(later?.["start_duration_ms"], 7000)
      yield* Fiber.interrupt(boot)
      yield* pages.stop
    }))

  it.effect("a plugin that is tried again is told with its attempt and its last error", () =>
    Effect.gen(function*() {
      const { heal, layer } = failing()
      const pages = yield* prepared([shop(layer)], policy("retry"))
      const boot = yield* Effect.forkChild(pages.boot)
      assert.deepInclude(yield* shopWhen(pages, "/health/startup", "retrying"), {
        attempt: 1,
        problem: "the till is locked"
      })
      yield* heal
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(boot)
      assert.deepInclude(yield* shopWhen(pages, "/health/startup", "started"), { attempt: 2, started_at_ms: 10_000 })
      assert.strictEqual((yield* pages.health("/health/ready")).body, `{"status":"READY"}`)
      yield* pages.stop
    }))
})

describe("a running app without one of its plugins", () => {
  it.effect("is up with a warning that names it, until it has healed", () =>
    Effect.gen(function*() {
      const { heal, layer } = failing()
      const pages = yield* prepared([shop(layer)], policy("degrade"))
      yield* pages.boot
      const paths = ["/health", "/health/ready", "/health/live", "/health/startup"]
      const all = Effect.forEach(paths, (path) => Effect.map(pages.health(path), ({ body, status }) => [status, body]))
      assert.deepStrictEqual(yield* all, [
        [200, `{"status":"UP","warn":true}`],
        [200, `{"status":"READY","warn":true}`],
        [200, `{"status":"UP"}`],
        [200, `{"status":"UP"}`]
      ])
      const verbose = yield* verboseOf(pages.health("/health/ready?verbose"))
      assert.isTrue(verbose.warn)
      assert.deepInclude(verbose.plugins.find(({ name }) => name === "shop"), {
        state: "degraded",
        attempt: 1,
        problem: "the till is locked"
      })
      const ietf = JSON.parse((yield* pages.health("/health?format=ietf")).body)
      assert.strictEqual(ietf.status, "warn")
      assert.deepStrictEqual(ietf.checks["shop:state"], [{
        componentType: "component",
        status: "warn",
        observedValue: "degraded",
        output: "the till is locked"
      }])

      yield* heal
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(yield* shopWhen(pages, "/health", "started"), { attempt: 2 })
      assert.deepStrictEqual((yield* all).map(([, body]) => body), [
        `{"status":"UP"}`,
        `{"status":"READY"}`,
        `{"status":"UP"}`,
        `{"status":"UP"}`
      ])
      yield* pages.stop
    }))
})

const steps = ["accept", "requests", "jobs"] as const

/** A plugin that holds every step of the stop until the test lets it go on. */
const held = Effect.fnUntraced(function*() {
  const names = [...steps, "close"] as const
  const gates = new Map(
    yield* Effect.forEach(names, (step) =>
      Effect.map(
        Effect.all([Deferred.make<void>(), Deferred.make<void>()]),
        ([reached, go]) => [step, { reached, go }] as const
      ))
  )
  const hold = (step: typeof names[number]) =>
    Effect.suspend(() => {
      const at = gates.get(step)
      return at === undefined
        ? Effect.die(step)
        : Effect.andThen(Deferred.succeed(at.reached, undefined), Deferred.await(at.go))
    })
  const layer = Layer.effectDiscard(Effect.gen(function*() {
    const { onDrain } = yield* Lifecycle
    yield* Effect.forEach(steps, (phase) => onDrain({ name: `shop ${phase}`, phase, run: hold(phase) }))
    yield* Effect.addFinalizer(() => hold("close"))
  }))
  return { gates, plugin: shop(layer) }
})

describe("while the app stops", () => {
  it.effect("both ports answer through every step, and readiness says no from the first", () =>
    Effect.gen(function*() {
      const { gates, plugin } = yield* held()
      const drain = { accept: Duration.seconds(20), requests: Duration.seconds(20), jobs: Duration.seconds(20) }
      const timing = {
        drain,
        startTimeout: Duration.minutes(1),
        close: Duration.seconds(20),
        lameDuck: Duration.seconds(5)
      }
      const pages = yield* prepared([plugin], { timing })
      yield* pages.boot
      assert.isUndefined((yield* verboseOf(pages.health("/health?verbose"))).stopping)

      const all = Effect.gen(function*() {
        const answers = yield* Effect.forEach(["/health/ready", "/health", "/health/live"], pages.health)
        return [...answers.map(({ body, status }) => `${status} ${body}`), (yield* pages.metrics).status]
      })
      const draining = [
        `503 {"status":"NOT_READY","reason":"draining"}`,
        `503 {"status":"DOWN","reason":"draining"}`,
        `200 {"status":"UP"}`,
        200
      ]
      const stopping = Effect.map(verboseOf(pages.health("/health/ready?verbose")), ({ stopping = [] }) => stopping)
      const step = (name: string, more: Record<string, Schema.Json> = {}) => ({
        step: name,
        budget_ms: name === "lame_duck" ? 5000 : name === "close" ? 60_000 : 20_000,
        ...more,
        cut: []
      })

      const stop = yield* Effect.forkChild(pages.stop)
      yield* Effect.repeat(pages.health("/health/ready"), { until: ({ status }) => status === 503 })
      assert.deepStrictEqual(yield* all, draining)
      assert.deepStrictEqual(yield* stopping, [
        step("lame_duck", { started_at_ms: 0 }),
        step("accept"),
        step("requests"),
        step("jobs"),
        step("close")
      ])

      yield* TestClock.adjust("5 seconds")
      for (const { go, reached } of gates.values()) {
        yield* Deferred.await(reached)
        assert.deepStrictEqual(yield* all, draining)
        yield* TestClock.adjust("1 second")
        const ended = yield* stopping
        yield* Deferred.succeed(go, undefined)
        if (go !== gates.get("close")?.go) continue
        // The last look: every step but the one that is under way has its duration.
        assert.deepStrictEqual(ended, [
          step("lame_duck", { started_at_ms: 0, duration_ms: 5000 }),
          step("accept", { started_at_ms: 5000, duration_ms: 1000 }),
          step("requests", { started_at_ms: 6000, duration_ms: 1000 }),
          step("jobs", { started_at_ms: 7000, duration_ms: 1000 }),
          step("close", { started_at_ms: 8000 })
        ])
      }
      yield* Fiber.join(stop)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(all)))
    }))
})
