import * as NodeServices from "@effect/platform-node/NodeServices"
import { it } from "@effect/vitest"
import { SettingsFiles } from "@heptad/common"
import { CommonPlugin } from "@heptad/common/plugin"
import { Kernel } from "@heptad/kernel"
import { LoggerPlugin } from "@heptad/logger/plugin"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect } from "vitest"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "heptad-logging-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

/** What stands in the log file of an app with these settings after one record of each of two levels. */
const logged = Effect.fnUntraced(function*(...overrides: ReadonlyArray<string>) {
  const at = yield* folder
  const path = join(at, "app.log")
  const own = [`common.data_dir=${at}/data`, `logger.sinks=[{ type: file, path: ${path} }]`]
  const app = Kernel.layer([CommonPlugin, LoggerPlugin]).pipe(
    Layer.provide(SettingsFiles.layer({ files: [], overrides: [...own, ...overrides], environment: {} })),
    Layer.provide(NodeServices.layer)
  )
  yield* Effect.all([Effect.logWarning("careful"), Effect.logError("broken")]).pipe(Effect.provide(app))
  return readFileSync(path, "utf8").split("\n").slice(0, -1)
})

it.live("common.logging.level holds for a logger without a level of its own, and for no other", () =>
  Effect.gen(function*() {
    const inherited = yield* logged("common.logging.level=error")
    expect(inherited).toEqual([expect.stringContaining(`"message":"broken"`)])
    const own = yield* logged("common.logging.level=error", "logger.default_level=warn")
    expect(own.join("\n")).toContain("careful")
  }))

it.live("common.logging.format holds for sinks without a format of their own", () =>
  Effect.gen(function*() {
    const lines = yield* logged("common.logging.level=error", "common.logging.format=text")
    expect(lines).toEqual([expect.stringMatching(/^\S+Z ERROR broken$/)])
  }))
