import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { assert, describe, it } from "@effect/vitest"
import { DataDirectoryUnusable, ErrorCode, ErrorRegistry, Pace } from "@heptad/common"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as TestClock from "effect/testing/TestClock"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { errorCount } from "../src/metrics.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "heptad-errors-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const kept = (path: string) =>
  ErrorRegistry.layer({ path, flushPace: new Pace(Duration.seconds(30)) }).pipe(
    Layer.provide([NodeFileSystem.layer, NodePath.layer])
  )

const io = new DataDirectoryUnusable({ path: "/data", problem: "full" })

const metered = (code: ErrorCode.ErrorName) =>
  Effect.map(Metric.value(Metric.withAttributes(errorCount, { code })), (state) => state.count)

/** What was logged while `effect` ran. */
const logsOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => {
      lines.push(String(message))
    })
    return Effect.as(Effect.provide(effect, Logger.layer([logger])), lines)
  })

describe("ErrorRegistry", () => {
  it.effect("counts failures by the code that they carry", () =>
    Effect.gen(function*() {
      const { counts, record } = yield* ErrorRegistry
      assert.strictEqual((yield* record(io)).number, -9)
      yield* TestClock.adjust("5 seconds")
      yield* record(Cause.fail(io))
      yield* record(new Error("x".repeat(2000)))
      assert.deepStrictEqual(yield* counts, [
        {
          code: ErrorCode.of("common.io_error"),
          count: 2,
          firstSeenMillis: 0,
          lastSeenMillis: 5000,
          sample: io.message
        },
        {
          code: ErrorCode.of("common.internal_error"),
          count: 1,
          firstSeenMillis: 5000,
          lastSeenMillis: 5000,
          sample: "x".repeat(500)
        }
      ])
      assert.strictEqual(yield* metered("common.io_error"), 2)
    }).pipe(Effect.provide(ErrorRegistry.layerMemory)))

  it.effect("updates only the metric when it is switched off", () =>
    Effect.gen(function*() {
      const { counts, record } = yield* ErrorRegistry
      const before = yield* metered("common.io_error")
      assert.strictEqual((yield* record(io)).name, "common.io_error")
      assert.deepStrictEqual(yield* counts, [])
      assert.strictEqual(yield* metered("common.io_error"), before + 1)
    }).pipe(Effect.provide(ErrorRegistry.layerMetricOnly)))

  it.effect("goes on counting after a restart", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "deep", "errors.json")
      const run = Effect.gen(function*() {
        const { counts, record } = yield* ErrorRegistry
        yield* record(io)
        return yield* counts
      })
      yield* Effect.provide(run, kept(path), { local: true })
      yield* TestClock.adjust("1 minute")
      const [count] = yield* Effect.provide(run, kept(path), { local: true })
      assert.deepInclude(count, { count: 2, firstSeenMillis: 0, lastSeenMillis: 60_000 })
      assert.strictEqual(statSync(path).mode & 0o777, 0o600)
      assert.deepStrictEqual(readdirSync(join(path, "..")), ["errors.json"])
    }))

  it.live("writes on its interval, and only what changed", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "errors.json")
      const layer = ErrorRegistry.layer({ path, flushPace: new Pace(Duration.millis(5)) }).pipe(
        Layer.provide([NodeFileSystem.layer, NodePath.layer])
      )
      yield* Effect.gen(function*() {
        const { record } = yield* ErrorRegistry
        assert.isFalse(existsSync(path))
        yield* record(io)
        yield* Effect.sleep("5 millis").pipe(Effect.repeat({ until: () => existsSync(path) }))
        assert.include(readFileSync(path, "utf8"), `"common.io_error"`)
      }).pipe(Effect.provide(layer))
    }))

  it.effect("sets a damaged file aside with a warning and starts anew", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "errors.json")
      writeFileSync(path, `{"version":1,"counts":[{"na`)
      const lines = yield* logsOf(
        Effect.gen(function*() {
          const { counts } = yield* ErrorRegistry
          assert.deepStrictEqual(yield* counts, [])
        }).pipe(Effect.provide(kept(path)))
      )
      assert.lengthOf(lines, 1)
      assert.include(lines[0], `error registry: ${path} cannot be read, counting starts anew; kept as ${path}.corrupt`)
      assert.deepStrictEqual(readdirSync(join(path, "..")), ["errors.json.corrupt"])
    }))

  it.effect("warns when the file cannot be written, and goes on counting", () =>
    Effect.gen(function*() {
      const blocked = join(yield* folder, "file")
      writeFileSync(blocked, "")
      const lines = yield* logsOf(
        Effect.gen(function*() {
          const { counts, record } = yield* ErrorRegistry
          yield* record(io)
          assert.lengthOf(yield* counts, 1)
        }).pipe(Effect.provide(kept(join(blocked, "errors.json"))))
      )
      assert.isTrue(lines.some((line) => line.includes("cannot be written")), lines.join("\n"))
    }))
})
