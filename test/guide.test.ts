import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Setting, SettingsFiles } from "@heptad/common"
import { Settings } from "@heptad/kernel"
import { plugins } from "@heptad/monolith"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { readdirSync } from "node:fs"
import { join } from "node:path"

const folder = join(import.meta.dirname, "../config/guide")

const tree = (environment: Record<string, string>, ...files: ReadonlyArray<string>) =>
  Effect.flatMap(Settings.SettingsSource, ({ read }) => read(plugins)).pipe(
    Effect.provide(
      SettingsFiles.layer({ files, overrides: [], environment }).pipe(Layer.provide(NodeServices.layer))
    )
  )

const secrets = { DB_PASSWORD: "x", DB_PRIMARY_HOST: "db", JWT_SECRET: "a secret of at least thirty-two bytes" }

describe("the guide's settings, word for word", () => {
  for (const file of readdirSync(folder)) {
    it.effect(`${file} has no fault`, () =>
      Effect.gen(function*() {
        const { faults } = Settings.prepare(plugins, yield* tree(secrets, join(folder, file)))
        assert.deepStrictEqual(faults.map((fault) => fault.message), [])
      }))
  }

  it.effect("load as one directory, and every key without effect is told with its line and the reason", () =>
    Effect.gen(function*() {
      const all = yield* tree(secrets, folder)
      assert.deepStrictEqual(Settings.prepare(plugins, all).faults, [])
      const untold = Setting.notApplied(plugins, all, "linux").filter(({ origin, why }) =>
        !/\.yaml:\d+:\d+$/.test(origin) || why.length < 10
      )
      assert.deepStrictEqual(untold, [])
    }))

  it.effect("need the password that they name", () =>
    Effect.gen(function*() {
      const { faults } = yield* tree({}, join(folder, "database.yaml"))
      assert.include(faults.map((fault) => fault.message).join("\n"), "environment variable DB_PASSWORD is not set")
    }))
})

it.effect("development.yaml and production.yaml have no fault", () =>
  Effect.gen(function*() {
    for (const file of ["development.yaml", "production.yaml"]) {
      const { faults } = Settings.prepare(plugins, yield* tree(secrets, join(folder, "..", file)))
      assert.deepStrictEqual(faults.map((fault) => fault.message), [])
    }
  }))
