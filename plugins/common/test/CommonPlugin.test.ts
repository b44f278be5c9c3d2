/** The plugin as an app runs it: kernel, real files, the guide's settings. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { DataDirectory, ErrorDetail, ErrorRegistry, FeatureFlags, Setting, SettingsFiles } from "@heptad/common"
import { CommonPlugin } from "@heptad/common/plugin"
import { Kernel, KernelError, Settings } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "heptad-common-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const guide = fileURLToPath(new URL("../../../config/guide/common.yaml", import.meta.url))

interface From {
  readonly files?: ReadonlyArray<string>
  readonly overrides?: ReadonlyArray<string>
  readonly environment?: Readonly<Record<string, string>>
}

const settings = ({ environment = {}, files = [], overrides = [] }: From) =>
  SettingsFiles.layer({ files, overrides, environment }).pipe(Layer.provide(NodeFileSystem.layer))

/** Runs the app with these settings and a data directory of its own. */
const run = <A, E, R>(from: From, body: Effect.Effect<A, E, R>) =>
  Effect.flatMap(folder, (root) =>
    Effect.provide(
      body,
      Kernel.layer([CommonPlugin]).pipe(
        Layer.provide(settings({ ...from, overrides: [`common.data_dir=${root}/data`, ...from.overrides ?? []] }))
      ),
      { local: true }
    ))

const services = Effect.all({
  detail: ErrorDetail,
  directory: DataDirectory,
  registry: ErrorRegistry
})

describe("CommonPlugin", () => {
  it.live("starts with the guide's common section as it is printed", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const registry = join(root, "error_registry.json")
      const read = { files: [guide], environment: { COMMON_REGISTRY_PATH: registry } }
      yield* run(
        read,
        Effect.gen(function*() {
          const { detail, registry } = yield* services
          assert.isFalse(detail.detailed)
          yield* registry.record(new Error("boom"))
        })
      )
      assert.include(readFileSync(registry, "utf8"), `"common.internal_error"`)
    }))

  it.live("says of the guide's keys which have no effect and why", () =>
    Effect.gen(function*() {
      const source = yield* Settings.SettingsSource
      const tree = yield* source.read([CommonPlugin])
      const line = (key: string) => tree.origins.get(key)?.slice(guide.length)
      assert.deepStrictEqual(
        Setting.notApplied([CommonPlugin], tree, "linux").map(({ key }) => [key, line(key)]),
        [
          ["common.result_type.move_semantics", ":11:5"],
          ["common.result_type.copy_elision", ":12:5"],
          ["common.adapters.strict_type_checking", ":16:5"],
          ["common.adapters.enable_smart_adapters", ":17:5"]
        ]
      )
    }).pipe(Effect.provide(settings({ files: [guide] }))))

  it.live("needs no settings: no detailed errors, counts in memory, a data directory called .heptad", () => {
    const defaults = Object.fromEntries(
      Setting.describeAll([CommonPlugin]).flatMap((known) =>
        known.default === undefined ? [] : [[known.path.join("."), known.default]]
      )
    )
    assert.deepInclude(defaults, {
      "common.data_dir": ".heptad",
      "common.error_handling.detailed_errors": false,
      "common.error_handling.error_registry.enabled": true,
      "common.error_handling.error_registry.persist": false,
      "common.error_handling.error_registry.path": "error_registry.json",
      "common.error_handling.error_registry.flush_interval": "30s"
    })
    return run(
      {},
      Effect.gen(function*() {
        const { detail, directory, registry } = yield* services
        assert.isFalse(detail.detailed)
        yield* registry.record(new Error("boom"))
        assert.lengthOf(yield* registry.counts, 1)
        assert.isFalse(existsSync(join(directory.path, "error_registry.json")))
      })
    )
  })

  it.live("obeys the guide's environment variables and detailed_errors", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const environment = {
        COMMON_ENABLE_REGISTRY: "false",
        HEPTAD_DATA_DIR: join(root, "elsewhere")
      }
      const layer = Kernel.layer([CommonPlugin]).pipe(
        Layer.provide(settings({ environment, overrides: ["common.error_handling.detailed_errors=true"] }))
      )
      yield* Effect.gen(function*() {
        const { detail, directory, registry } = yield* services
        assert.isTrue(detail.detailed)
        assert.strictEqual(directory.path, join(root, "elsewhere"))
        yield* registry.record(new Error("boom"))
        assert.deepStrictEqual(yield* registry.counts, [])
      }).pipe(Effect.provide(layer))
    }))

  it.live("keeps the counts below the data directory when the path is relative", () =>
    run(
      { overrides: ["common.error_handling.error_registry={ persist: true, flush_interval: 10ms }"] },
      Effect.gen(function*() {
        const { directory, registry } = yield* services
        yield* registry.record(new Error("boom"))
        const path = join(directory.path, "error_registry.json")
        yield* Effect.sleep("5 millis").pipe(Effect.repeat({ until: () => existsSync(path) }))
      })
    ))

  it.live("rolls the guide's feature flags out", () =>
    run(
      { overrides: ["features.new_algorithm.rollout_percentage=10", "features.everybody.rollout_percentage=100"] },
      Effect.gen(function*() {
        const { isEnabled } = yield* FeatureFlags
        const users = Array.from({ length: 1000 }, (_, index) => `user-${index}`)
        assert.lengthOf(yield* Effect.filter(users, (user) => isEnabled("new_algorithm", user)), 90)
        assert.lengthOf(yield* Effect.filter(users, (user) => isEnabled("everybody", user)), 1000)
      })
    ))

  it.live("a second app on the same data directory does not start, says why, and asks for exit code 75", () =>
    Effect.gen(function*() {
      const overrides = [`common.data_dir=${yield* folder}`]
      const app = Kernel.layer([CommonPlugin]).pipe(Layer.provide(settings({ overrides })))
      const start = Effect.provide(DataDirectory, app, { local: true })
      const { error, path } = yield* Effect.gen(function*() {
        const { path } = yield* DataDirectory
        return { path, error: yield* Effect.flip(start) }
      }).pipe(Effect.provide(app))
      assert.strictEqual(Runtime.getErrorExitCode(error), 75)
      assert.strictEqual(
        error.message,
        `- "common" did not start: The data directory ${path} is in use by process ${process.pid}: ` +
          "stop that instance or set HEPTAD_DATA_DIR to another directory."
      )
    }))

  it.live("tells twelve faults of three files at once, each with its position", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const written = {
        "1.yaml": "common: [\ndeployment: @x\n",
        "2.yaml": [
          "common:",
          "  data_dri: x",
          "  error_handling:",
          "    error_registry: { enabled: 3, persist: maybe, persists: true, flush_interval: 30 }",
          "  result_type:",
          "    copy_elision: true",
          "    copy_elision: true",
          "comon: 1",
          ""
        ].join("\n"),
        "3.yaml": [
          "common:",
          "  data_dir: ${NOT_THERE}",
          "  error_handling: { detailed_errors: perhaps }",
          "features:",
          "  x: { rollout_percentage: 200 }",
          ""
        ].join("\n")
      }
      for (const [name, content] of Object.entries(written)) writeFileSync(join(root, name), content)
      const error = yield* Effect.flip(Effect.provide(
        DataDirectory,
        Kernel.layer([CommonPlugin]).pipe(
          Layer.provide(settings({ files: [root] }))
        )
      ))
      assert.instanceOf(error, KernelError)
      assert.deepStrictEqual(error.message.replaceAll(`${root}/`, "").split("\n"), [
        "- 1.yaml:2:1: YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
        "- 1.yaml:2:13: YAML: Plain value cannot start with reserved character @",
        "- 2.yaml:7:5: common.result_type.copy_elision: written twice; the first one is at 2.yaml:6:5",
        "- 3.yaml:2:3: common.data_dir: environment variable NOT_THERE is not set; " +
        "set it or write ${NOT_THERE:-default}",
        `- 2.yaml:8:1: comon: unknown key, did you mean "common"?`,
        `- 2.yaml:2:3: common.data_dri: unknown key, did you mean "data_dir"?`,
        `- 3.yaml:3:21: common.error_handling.detailed_errors: expected true or false, got "perhaps"`,
        `- 2.yaml:4:51: common.error_handling.error_registry.persists: unknown key, did you mean "persist"?`,
        "- 2.yaml:4:23: common.error_handling.error_registry.enabled: expected true or false, got 3",
        `- 2.yaml:4:35: common.error_handling.error_registry.persist: expected true or false, got "maybe"`,
        "- 2.yaml:4:67: common.error_handling.error_registry.flush_interval: " +
        `expected a duration such as "100ms", "30s", "5m" or "1h", got 30`,
        "- 3.yaml:5:8: common.features.x.rollout_percentage: expected a whole number between 0 and 100, got 200"
      ])
    }))
})
