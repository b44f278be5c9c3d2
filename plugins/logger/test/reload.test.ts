/** What changes with the settings while the app runs. The title of a test starts with the key that it proves. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { SettingsFiles } from "@heptad/common"
import { CommonPlugin } from "@heptad/common/plugin"
import { changingSettings } from "@heptad/common/testing"
import { Kernel, LiveSettings } from "@heptad/kernel"
import { LogControl } from "@heptad/logger"
import { LoggerPlugin } from "@heptad/logger/plugin"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { folder, records } from "./logged.ts"

const messages = (path: string) =>
  records(path).map(({ message }) => String(message)).filter((message) => message.startsWith("told "))

it.effect("logger.default_level: the next record is held against the new level", () =>
  Effect.gen(function*() {
    const path = join(yield* folder, "app.log")
    const section = (default_level: string) => ({ logger: { default_level, sinks: [{ type: "file", path }] } })
    const settings = changingSettings(section("warn"))
    yield* Effect.gen(function*() {
      yield* Effect.logDebug("told before")
      yield* settings.change(section("debug"))
      yield* Effect.logDebug("told at debug")
      yield* settings.change(section("error"))
      yield* Effect.logWarning("told at error")
    }).pipe(Effect.provide(Kernel.layer([LoggerPlugin]).pipe(Layer.provide(settings.layer))))
    assert.deepStrictEqual(messages(path), ["told at debug"])
  }))

it.effect("a level that an operator set outlives the change of another setting", () =>
  Effect.gen(function*() {
    const path = join(yield* folder, "app.log")
    const section = (version: string) => ({
      logger: { default_level: "info", fields: { version }, sinks: [{ type: "file", path }] }
    })
    const settings = changingSettings(section("1"))
    yield* Effect.gen(function*() {
      const { levels, setLevel } = yield* LogControl
      yield* setLevel(undefined, "trace")
      yield* settings.change(section("2"))
      assert.strictEqual((yield* levels).default, "trace")
    }).pipe(Effect.provide(Kernel.layer([LoggerPlugin]).pipe(Layer.provide(settings.layer))))
  }))

it.live("common.logging.level: the logger inherits the new level from the file", () =>
  Effect.gen(function*() {
    const root = yield* folder
    const [file, path] = [join(root, "app.yaml"), join(root, "app.log")]
    const write = (level: string) =>
      writeFileSync(
        file,
        `common: { data_dir: ${root}/data, logging: { level: ${level} } }\nlogger: { sinks: [{ type: file, path: ${path} }] }\n`
      )
    write("info")
    const source = SettingsFiles.layer({ files: [file], overrides: [], environment: {}, watch: false })
    yield* Effect.gen(function*() {
      yield* Effect.logDebug("told at info")
      write("debug")
      yield* LiveSettings.use(({ reload }) => reload("test"))
      yield* Effect.logDebug("told at debug")
    }).pipe(
      Effect.provide(
        Kernel.layer([LoggerPlugin, CommonPlugin]).pipe(Layer.provide(source), Layer.provide(NodeFileSystem.layer))
      )
    )
    assert.deepStrictEqual(messages(path), ["told at debug"])
  }))

describe("SIGHUP", () => {
  it.live("opens the log files anew after something else renamed them", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "app.log")
      const settings = changingSettings({ logger: { sinks: [{ type: "file", path }] } })
      yield* Effect.gen(function*() {
        const { flush } = yield* LogControl
        yield* Effect.log("told to the old file")
        yield* flush
        renameSync(path, `${path}.1`)
        process.emit("SIGHUP", "SIGHUP")
        yield* Effect.whileLoop({
          while: () => messages(path).length === 0,
          body: () =>
            Effect.andThen(Effect.log("told to the new file"), Effect.andThen(flush, Effect.sleep("5 millis"))),
          step: () => {}
        })
      }).pipe(Effect.provide(Kernel.layer([LoggerPlugin]).pipe(Layer.provide(settings.layer))))
      assert.strictEqual(messages(`${path}.1`)[0], "told to the old file")
      assert.strictEqual(messages(path)[0], "told to the new file")
    }))
})
