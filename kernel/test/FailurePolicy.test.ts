import { assert, describe, it } from "@effect/vitest"
import { Contract, Kernel, type KernelError, Lifecycle, Plugin, PluginUnavailable, type Settings } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"

class Away extends Schema.TaggedError<Away>()("Away", {}) {
  override get message() {
    return "the disk is away"
  }
}

class Store extends Context.Service<Store, {
  readonly count: Effect.Effect<number>
  readonly find: (id: number) => Effect.Effect<string, Away>
  readonly nested: { readonly deep: (a: string, b: string) => Effect.Effect<string> }
  readonly query: (strings: TemplateStringsArray) => Effect.Effect<string>
}>()("@test/Store") {}

class Shop extends Context.Service<Shop, { readonly sell: Effect.Effect<string, Away> }>()("@test/Shop") {}

const contractOf = <const Keys extends ReadonlyArray<Context.Key<unknown, unknown>>>(name: string, services: Keys) =>
  Contract.make({ name, manifest: { name: `@test/${name}`, version: "1.0.0" }, services })

const StoreContract = contractOf("store", [Store])
const ShopContract = contractOf("shop", [Shop])
const config = Schema.Struct({})

const store: Store["Service"] = {
  count: Effect.succeed(7),
  find: (id) => Effect.succeed(`thing ${id}`),
  nested: { deep: (a, b) => Effect.succeed(a + b) },
  query: ([text = ""]) => Effect.succeed(text)
}

/** Fails `failures` times, then starts. Tells how often it was built and that every failed try was cleaned up. */
const flaky = (failures: number) => {
  const tally = { built: 0, open: 0 }
  const layer = Layer.effect(
    Store,
    Effect.gen(function*() {
      tally.built++
      yield* Effect.acquireRelease(Effect.sync(() => tally.open++), () => Effect.sync(() => tally.open--))
      if (tally.built <= failures) return yield* new Away()
      return store
    })
  )
  const plugin = Plugin.make({
    manifest: { name: "@test/store", version: "1.0.0" },
    contract: StoreContract,
    requires: [],
    config,
    layer: () => layer
  })
  return { plugin, tally }
}

const dependant = { name: "@test/shop", version: "1.0.0", peerDependencies: { "@test/store": "^1.0.0" } }

/** Takes its members while it is built, as plugins do. */
const ShopPlugin = Plugin.make({
  manifest: dependant,
  contract: ShopContract,
  requires: [StoreContract],
  config,
  layer: () => Layer.effect(Shop, Effect.map(Store, ({ find }) => ({ sell: find(1) })))
})

/** Needs the store already while it is built. */
const EagerShopPlugin = Plugin.make({
  manifest: dependant,
  contract: ShopContract,
  requires: [StoreContract],
  config,
  layer: () =>
    Layer.effect(
      Shop,
      Effect.gen(function*() {
        const { count, find } = yield* Store
        yield* count
        return { sell: find(2) }
      })
    )
})

const policy = (onFailure: Settings.FailurePolicy["onFailure"], attempts = 3): Partial<Settings.SettingsTree> => ({
  policies: {
    store: { onFailure, attempts, initialBackoff: Duration.seconds(1), maxBackoff: Duration.seconds(4) }
  }
})

const running = Effect.fnUntraced(function*(plugins: ReadonlyArray<Plugin.Any>, more: Partial<Settings.SettingsTree>) {
  const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
  return yield* Layer.buildWithScope(Layer.provide(Kernel.layerOf(plugins), settings({}, more)), scope)
})

const statusOf = Effect.fnUntraced(function*(context: Context.Context<Lifecycle>, name: string) {
  const plugins = yield* Context.get(context, Lifecycle).plugins
  const { attempt, problem, state } = plugins.find((plugin) => plugin.name === name) ?? assert.fail(`no ${name}`)
  return { attempt, problem, state }
})

/** The boot's own context holds more than its type says: the list is known at run time only. */
const get = <I, S>(context: Context.Context<never>, key: Context.Key<I, S>): S =>
  Context.getOrUndefined(context, key) ?? assert.fail(`no ${key.key}`)

describe("retry", () => {
  it.effect("starts at the third try, with growing pauses, and leaves nothing of the failed ones open", () =>
    Effect.gen(function*() {
      const { plugin, tally } = flaky(2)
      const booting = yield* Effect.forkChild(running([plugin], policy("retry")))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(tally.built, 2)
      yield* TestClock.adjust("1999 millis")
      assert.strictEqual(tally.built, 2)
      yield* TestClock.adjust("1 millis")
      const context = yield* Fiber.join(booting)
      assert.deepStrictEqual(tally, { built: 3, open: 1 })
      assert.deepStrictEqual(yield* statusOf(context, "store"), { attempt: 3, problem: undefined, state: "started" })
    }))

  it.effect("says every 5 s on whom the boot waits, for how long, which attempt, the last error, and who waits behind", () =>
    Effect.gen(function*() {
      const lines: Array<unknown> = []
      const logger = Logger.layer([Logger.make(({ message }) => void lines.push(message))])
      const slow: Partial<Settings.SettingsTree> = {
        policies: {
          store: {
            onFailure: "retry",
            attempts: 9,
            initialBackoff: Duration.seconds(4),
            maxBackoff: Duration.seconds(4)
          }
        }
      }
      yield* Effect.forkChild(Effect.provide(running([flaky(9).plugin, ShopPlugin], slow), logger))
      yield* TestClock.adjust("4 seconds")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(
        lines.flat().at(-1),
        "still starting: store (1 s, attempt 2, last error: the disk is away); waiting for them: shop"
      )
    }))

  it.effect("shows the last error and the time so far also while the next try runs", () =>
    Effect.gen(function*() {
      let built = 0
      const build = Effect.suspend(() => ++built === 1 ? Effect.fail(new Away()) : Effect.never)
      const seen = yield* Deferred.make<Lifecycle["Service"]>()
      const watch = Plugin.make({
        manifest: dependant,
        contract: contractOf("watch", []),
        requires: [],
        config,
        layer: () => Layer.effectDiscard(Effect.flatMap(Lifecycle, (lifecycle) => Deferred.succeed(seen, lifecycle)))
      })
      const slow = Plugin.make({
        manifest: { name: "@test/store", version: "1.0.0" },
        contract: contractOf("store", []),
        requires: [],
        config,
        layer: () => Layer.effectDiscard(build)
      })
      yield* Effect.forkChild(running([watch, slow], policy("retry")))
      yield* TestClock.adjust("1 second")
      yield* TestClock.adjust("3 seconds")
      const [, status] = yield* (yield* Deferred.await(seen)).plugins
      assert.deepInclude(status, { state: "starting", attempt: 2, problem: "the disk is away", buildMillis: 3000 })
    }))

  it.effect("gives up after its attempts and tells the last problem", () =>
    Effect.gen(function*() {
      const { plugin, tally } = flaky(10)
      const booting = yield* Effect.forkChild(Effect.flip(running([plugin], policy("retry"))))
      yield* TestClock.adjust("10 seconds")
      const error: KernelError = yield* Fiber.join(booting)
      assert.deepStrictEqual(error.reasons.map(({ message }) => message), [`"store" did not start: the disk is away`])
      assert.deepStrictEqual(tally, { built: 3, open: 0 })
    }))
})

describe("degrade", () => {
  it.effect("goes on without the plugin; calls fail typed; everything works once it has started", () =>
    Effect.gen(function*() {
      const { plugin, tally } = flaky(3)
      const context = yield* running([plugin, ShopPlugin], policy("degrade"))
      assert.deepStrictEqual(yield* statusOf(context, "store"), {
        attempt: 1,
        problem: "the disk is away",
        state: "degraded"
      })
      assert.strictEqual((yield* statusOf(context, "shop")).state, "started")
      const { sell } = get(context, Shop)
      const { count, find, nested, query } = get(context, Store)
      const unavailable = new PluginUnavailable({ plugin: "store", problem: "the disk is away" })
      assert.deepStrictEqual<unknown>(yield* Effect.flip(sell), unavailable)
      assert.deepStrictEqual<unknown>(yield* Effect.exit(count), Exit.fail(unavailable))
      assert.deepStrictEqual<unknown>(yield* Effect.exit(nested.deep("a", "b")), Exit.fail(unavailable))
      assert.deepStrictEqual<unknown>(yield* Effect.exit(query`SELECT 1`), Exit.fail(unavailable))

      yield* TestClock.adjust("1 second")
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(tally.built, 3)
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual(tally, { built: 4, open: 1 })
      assert.deepStrictEqual(yield* statusOf(context, "store"), { attempt: 4, problem: undefined, state: "started" })
      assert.deepStrictEqual(
        [yield* sell, yield* count, yield* find(3), yield* nested.deep("a", "b"), yield* query`SELECT 1`],
        ["thing 1", 7, "thing 3", "ab", "SELECT 1"]
      )
    }))

  it.effect("takes along whoever needs the plugin while it starts, and brings him back with it", () =>
    Effect.gen(function*() {
      const { plugin } = flaky(1)
      const context = yield* running([plugin, EagerShopPlugin], policy("degrade"))
      assert.deepStrictEqual(yield* statusOf(context, "shop"), {
        attempt: 1,
        problem: `it needs "store", which is not there: the disk is away`,
        state: "degraded"
      })
      assert.strictEqual<string>((yield* Effect.flip(get(context, Shop).sell))._tag, "PluginUnavailable")
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* statusOf(context, "shop")).state, "started")
      assert.strictEqual(yield* get(context, Shop).sell, "thing 2")
    }))

  it.effect("stops trying when the app stops, and closes what a try had opened", () =>
    Effect.gen(function*() {
      const { plugin, tally } = flaky(100)
      const scope = yield* Scope.make()
      yield* Layer.buildWithScope(Layer.provide(Kernel.layerOf([plugin]), settings({}, policy("degrade"))), scope)
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(tally, { built: 1, open: 0 })
    }))

  it.effect("refuses plain data of a service that is not there, saying whose it is", () =>
    Effect.gen(function*() {
      const { plugin } = flaky(100)
      const context = yield* running([plugin], policy("degrade"))
      const { nested } = get(context, Store)
      assert.throws(() => `${String(nested)}`, `"store" is not available at the moment: the disk is away.`)
    }))
})

it.effect("abort, the default, ends the boot at the first failure", () =>
  Effect.gen(function*() {
    const { plugin, tally } = flaky(1)
    const error: KernelError = yield* Effect.flip(running([plugin, ShopPlugin], {}))
    assert.deepStrictEqual(error.reasons.map(({ message }) => message), [`"store" did not start: the disk is away`])
    assert.deepStrictEqual(tally, { built: 1, open: 0 })
  }))
