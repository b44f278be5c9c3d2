import { assert, describe, it } from "@effect/vitest"
import {
  Contract,
  Kernel,
  type KernelError,
  Lifecycle,
  LiveSettings,
  Operations,
  Plugin,
  Settings
} from "@heptad/kernel"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

const manifest = { name: "@test/web", version: "1.0.0" }

/** Takes its limit in place, and nothing else. */
const webOf = (applied: Array<number>) =>
  Plugin.make({
    manifest,
    contract: Contract.make({ name: "web", manifest, services: [] }),
    requires: [],
    config: Schema.Struct({ limit: Schema.Int, port: Schema.Int, secret: Schema.optionalKey(Schema.String) }),
    advice: ({ limit }) => limit < 1000 ? [] : [{ kind: "hint", keys: ["web.limit"], message: "web.limit is high" }],
    layer: (_, live) => Layer.effectDiscard(live.onChange(({ limit }) => Effect.sync(() => applied.push(limit))))
  })

interface Written {
  readonly limit: unknown
  readonly port: number
  readonly secret?: string
}

const tree = (web: Written): Settings.SettingsTree => {
  const leaf = (name: keyof Written, more: Partial<Settings.Leaf>): Settings.Leaf => ({
    key: `web.${name}`,
    plugin: "web",
    value: web[name],
    origin: `app.yaml:${Object.keys(web).indexOf(name) + 2}:3`,
    secret: false,
    reloadable: false,
    ...more
  })
  return {
    ...Settings.empty,
    value: { web },
    settings: [leaf("limit", { reloadable: true }), leaf("port", {}), leaf("secret", { secret: true })]
  }
}

/** An app whose settings are a variable, and the way to say that they changed. */
const app = Effect.gen(function*() {
  const applied: Array<number> = []
  const written: { now: Written } = { now: { limit: 1, port: 80 } }
  const changes = yield* Queue.unbounded<string>()
  const source = { read: () => Effect.sync(() => tree(written.now)), changes: Stream.fromQueue(changes) }
  const context = yield* Layer.build(Kernel.layerOf([webOf(applied)])).pipe(
    Effect.provideService(Settings.SettingsSource, source)
  )
  return { applied, written, changes, context, live: Context.get(context, LiveSettings) }
})

const brief = (
  { changes, reason, version }: { changes: ReadonlyArray<{ key: string }>; reason: string; version: number }
) => [version, reason, changes.map(({ key }) => key)] as const

describe("a reload", () => {
  it.effect("applies what can be applied in place and says what needs a restart", () =>
    Effect.gen(function*() {
      const { applied, live, written } = yield* app
      written.now = { limit: 5, port: 81 }
      const version = yield* live.reload("a test")
      assert.deepStrictEqual(version.changes, [
        { key: "web.limit", plugin: "web", reloadable: true, before: "1", after: "5", origin: "app.yaml:2:3" },
        { key: "web.port", plugin: "web", reloadable: false, before: "80", after: "81", origin: "app.yaml:3:3" }
      ])
      assert.deepStrictEqual(applied, [5])
      assert.deepStrictEqual((yield* live.pending).map(({ key }) => key), ["web.port"])
      written.now = { limit: 5, port: 80 }
      yield* live.reload("the port was a mistake")
      assert.deepStrictEqual(yield* live.pending, [])
      assert.deepStrictEqual(applied, [5])
    }))

  it.effect("with a fault changes nothing, tells every fault and counts it", () =>
    Effect.gen(function*() {
      const { applied, live, written } = yield* app
      const failures = Effect.map(Metric.snapshot, (all) => all.find(({ id }) => id === "config_reload_failures_total"))
      assert.deepInclude((yield* failures)?.state, { count: 0 })
      written.now = { limit: "many", port: 81 }
      const error: KernelError = yield* Effect.flip(Effect.catchTag(live.reload("a test"), "KernelError", Effect.fail))
      assert.deepStrictEqual(error.reasons.map(({ message }) => message), [
        `settings: web.limit: expected number, got "many"`
      ])
      assert.deepStrictEqual(applied, [])
      assert.deepStrictEqual(brief((yield* live.versions)[0] ?? assert.fail()), [1, "start", []])
      assert.deepInclude((yield* failures)?.state, { count: 1 })
    }))

  it.effect("without a change makes no version, and says so", () =>
    Effect.gen(function*() {
      const { applied, live } = yield* app
      const lines: Array<unknown> = []
      const logger = Logger.layer([Logger.make(({ message }) => void lines.push(message))])
      assert.strictEqual((yield* Effect.provide(live.reload("SIGHUP"), logger)).version, 1)
      assert.deepStrictEqual(lines.flat(), ["settings read again (reload: SIGHUP): nothing changed"])
      assert.deepStrictEqual(applied, [])
    }))

  it.effect("tells what there is to know about the new settings, once", () =>
    Effect.gen(function*() {
      const { live, written } = yield* app
      const lines: Array<unknown> = []
      const logger = Logger.layer([
        Logger.make(({ logLevel, message }) => void lines.push(`${logLevel} ${String(message)}`))
      ])
      const change = (limit: number) => {
        written.now = { limit, port: 80 }
        return Effect.provide(live.reload("a test"), logger)
      }
      yield* change(1000)
      yield* change(1001)
      assert.deepStrictEqual(lines.flat(), [
        "Info settings version 2: web.limit: 1 -> 1000",
        "Info web.limit is high",
        "Info settings version 3: web.limit: 1000 -> 1001"
      ])
    }))

  it.effect("happens by itself when the source says that something changed, and is an event", () =>
    Effect.gen(function*() {
      const { changes, context, written } = yield* app
      const event = yield* Context.get(context, Lifecycle).events.pipe(
        Stream.filter(({ _tag }) => _tag === "SettingsChanged"),
        Stream.runHead,
        Effect.forkChild({ startImmediately: true })
      )
      written.now = { limit: 6, port: 80 }
      yield* Queue.offer(changes, "app.yaml changed")
      assert.deepStrictEqual(yield* Effect.fromOption(yield* Fiber.join(event)), {
        _tag: "SettingsChanged",
        version: 2,
        keys: ["web.limit"]
      })
      const [latest] = yield* Context.get(context, LiveSettings).versions
      assert.strictEqual(latest?.reason, "reload: app.yaml changed")
    }))

  it.effect("never shows a secret", () =>
    Effect.gen(function*() {
      const { live, written } = yield* app
      written.now = { limit: 1, port: 80, secret: "hunter2" }
      assert.notInclude(JSON.stringify(yield* live.preview), "hunter2")
      assert.notInclude(JSON.stringify(yield* live.reload("a test")), "hunter2")
    }))
})

describe("a rollback", () => {
  it.effect("goes back to the version before, or to a named one, and is a version itself", () =>
    Effect.gen(function*() {
      const { applied, live, written } = yield* app
      for (const limit of [2, 3]) {
        written.now = { limit, port: 80 }
        yield* live.reload("a test")
      }
      assert.deepStrictEqual(brief(yield* live.rollback()), [4, "rollback to 2", ["web.limit"]])
      assert.deepStrictEqual(brief(yield* live.rollback(1)), [5, "rollback to 1", ["web.limit"]])
      assert.deepStrictEqual(applied, [2, 3, 2, 1])
    }))

  it.effect("keeps the last 10 versions and refuses any other", () =>
    Effect.gen(function*() {
      const { live, written } = yield* app
      for (let limit = 2; limit <= 12; limit++) {
        written.now = { limit, port: 80 }
        yield* live.reload("a test")
      }
      assert.deepStrictEqual((yield* live.versions).map(({ version }) => version), [12, 11, 10, 9, 8, 7, 6, 5, 4, 3])
      const error = yield* Effect.flip(live.rollback(1))
      assert.strictEqual(
        error.message,
        "There is no version 1 of the settings to go back to. Kept: 11, 10, 9, 8, 7, 6, 5, 4, 3. See: heptad config history."
      )
    }))
})

describe("the kernel's own operations", () => {
  const run = (context: Context.Context<Operations>, name: string, input: unknown = {}, dryRun = false) =>
    Effect.flatMap(
      Context.get(context, Operations).all,
      (all) => (all.get(name) ?? assert.fail(`no ${name}`)).run(input, { dryRun })
    )

  it.effect("are described by name and kind", () =>
    Effect.gen(function*() {
      const { context } = yield* app
      const all = yield* Context.get(context, Operations).all
      assert.deepStrictEqual([...all.values()].map(({ kind, name }) => `${kind} ${name}`), [
        "read operations",
        "read status",
        "read plan",
        "read settings",
        "read settings-versions",
        "write reload",
        "write rollback",
        "write drain"
      ])
    }))

  it.effect("can be answered by somebody else, who may ask them, until his scope closes", () =>
    Effect.gen(function*() {
      const { context } = yield* app
      const { wrap } = Context.get(context, Operations)
      const around = (mark: string) =>
        wrap("status", (inner) => ({
          ...inner,
          run: (input, options) =>
            Effect.map(inner.run(input, options), (answer) => ({ mark, phase: Object(answer).phase ?? answer }))
        }))
      yield* Effect.scoped(Effect.gen(function*() {
        yield* around("first")
        assert.deepStrictEqual(yield* run(context, "status"), { mark: "first", phase: "running" })
        yield* around("latest")
        assert.deepStrictEqual(yield* run(context, "status"), { mark: "latest", phase: "running" })
      }))
      assert.notProperty(yield* run(context, "status"), "mark")
    }))

  it.effect("try a reload without changing anything, then do it", () =>
    Effect.gen(function*() {
      const { applied, context, written } = yield* app
      written.now = { limit: 9, port: 80 }
      const expected = {
        key: "web.limit",
        plugin: "web",
        reloadable: true,
        before: "1",
        after: "9",
        origin: "app.yaml:2:3"
      }
      assert.deepStrictEqual(yield* run(context, "reload", {}, true), { changes: [expected] })
      assert.deepStrictEqual(applied, [])
      yield* run(context, "reload")
      assert.deepStrictEqual(applied, [9])
    }))

  it.effect("refuse a misspelt input, a faulty reload and a rollback to nowhere", () =>
    Effect.gen(function*() {
      const { context, written } = yield* app
      const refusal = (name: string, input: unknown) =>
        Effect.map(Effect.flip(run(context, name, input)), ({ reason }) => reason)
      const { message, reason } = yield* Effect.flip(run(context, "rollback", { versoin: 1 }))
      assert.strictEqual(reason, "invalid_input")
      assert.strictEqual(message, `rollback: versoin: unknown key, did you mean "version"?`)
      assert.strictEqual(yield* refusal("rollback", {}), "conflict")
      written.now = { limit: "x", port: 1 }
      assert.strictEqual(yield* refusal("reload", {}), "failed")
    }))

  it.effect("tell the status, and ask for the stop that a signal would bring", () =>
    Effect.gen(function*() {
      const { context } = yield* app
      const { stopRequested } = Context.get(context, Lifecycle)
      const status = JSON.stringify(yield* run(context, "status"))
      assert.include(status, `"phase":"running"`)
      assert.include(status, `"settings_version":1`)
      yield* run(context, "drain", {}, true)
      const asked = yield* Effect.forkChild(stopRequested, { startImmediately: true })
      assert.isUndefined(asked.pollUnsafe())
      yield* run(context, "drain")
      yield* Fiber.join(asked)
    }))
})
