import { describe, it } from "@effect/vitest"
import { Setting } from "@heptad/common"
import { LogControl } from "@heptad/logger"
import { layerMemory, LogMemory } from "@heptad/logger/testing"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { expect } from "vitest"
import { LoggerConfig } from "../src/config.ts"
import { folder, logger, records } from "./logged.ts"

const guide = (folder: string) => ({
  default_level: "info",
  async: { enabled: true, queue_size: 8192, flush_interval: "1s", overflow_policy: "drop" },
  sinks: [
    { type: "console", level: "fatal", format: "json", colorize: false },
    {
      type: "file",
      level: "info",
      path: join(folder, "application.log"),
      format: "json",
      rotation: { max_size: "100MB", max_files: 10, compress: true }
    },
    {
      type: "file",
      level: "error",
      path: join(folder, "errors.log"),
      format: "json",
      rotation: { max_size: "50MB", max_files: 20 }
    },
    { type: "syslog", level: "warn", facility: "local0", hostname: "app-server-01" }
  ],
  fields: { service_name: "my-application", environment: "production", region: "us-west-2", version: "1.2.3" },
  performance: { buffer_size: "4KB", max_message_size: "64KB", drop_on_overflow: true }
})

describe("settings of logger", () => {
  it("have the guide's environment names", () => {
    const known = Setting.describe("logger", LoggerConfig)
    expect(known.flatMap(({ env = [] }) => env).filter((name) => name.startsWith("LOG"))).toEqual([
      "LOGGER_LEVEL",
      "LOG_LEVEL",
      "LOGGER_FORMAT",
      "LOGGER_FILE_PATH",
      "LOGGER_ASYNC"
    ])
  })

  it.effect("of the guide work: one record, each sink by its own level", () =>
    Effect.gen(function*() {
      const at = yield* folder
      yield* Effect.provide(Effect.all([Effect.log("fine"), Effect.logError("bad")]), logger(guide(at)))
      const messages = (name: string) => records(join(at, name)).map(({ message }) => message)
      expect(messages("application.log")).toEqual([
        "fine",
        "bad"
      ])
      expect(messages("errors.log")).toEqual(["bad"])
    }))
})

describe("the memory logger", () => {
  it.effect("keeps records as data", () =>
    Effect.gen(function*() {
      const memory = yield* LogMemory
      yield* Effect.logDebug("hello", "world").pipe(Effect.annotateLogs({ plugin: "shop", status: 1 }))
      yield* Effect.logError("bad", new Error("why"))
      const [first, second] = yield* memory.records
      expect(first).toMatchObject({
        level: "debug",
        message: "hello world",
        plugin: "shop",
        annotations: { status: 1 }
      })
      expect(second?.error?.message).toBe("why")
      yield* memory.clear
      expect(yield* memory.records).toEqual([])
      const control = yield* LogControl
      yield* control.setLevel("shop", "warn")
      expect(yield* control.levels).toEqual({ default: "trace", plugins: { shop: "warn" } })
    }).pipe(Effect.provide(layerMemory)))
})
