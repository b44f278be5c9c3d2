import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, it } from "@effect/vitest"
import { Setting, SettingsFiles } from "@heptad/common"
import { DatabasePlugin } from "@heptad/database/plugin"
import { Settings } from "@heptad/kernel"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Path from "node:path"
import { configOf } from "../src/internal/testServer.ts"

const guide = Path.join(import.meta.dirname, "../../../config/guide/database.yaml")

const read = (files: ReadonlyArray<string>, environment: Record<string, string>) =>
  Effect.gen(function*() {
    const source = yield* Settings.SettingsSource
    const tree = yield* source.read([DatabasePlugin])
    return { tree, prepared: Settings.prepare([DatabasePlugin], tree) }
  }).pipe(
    Effect.provide(SettingsFiles.layer({ files, overrides: [], environment }).pipe(Layer.provide(NodeFileSystem.layer)))
  )

it.effect("reads the guide's database block as printed", () =>
  Effect.gen(function*() {
    const { prepared, tree } = yield* read([guide], { DB_PASSWORD: "s3cret" })
    assert.deepStrictEqual(prepared.faults, [])
    const config = configOf(tree.value["database"])
    assert.strictEqual(Duration.format(config.connection_pool.max_lifetime), "1h")
    assert.strictEqual(config.connection_pool.min_size, 5)
    assert.strictEqual(config.performance.statement_cache_size, 1000)
    assert.strictEqual(config.connections.primary.host, "db-primary.example.com")
    assert.strictEqual(config.connections.primary.ssl_mode, "require")
    assert.strictEqual(Redacted.value(config.connections.primary.password ?? Redacted.make("")), "s3cret")
    assert.strictEqual(config.connections.replicas?.length, 1)
  }))

it.effect("says which keys of the guide have no effect yet", () =>
  Effect.gen(function*() {
    const { tree } = yield* read([guide], { DB_PASSWORD: "s3cret" })
    assert.deepStrictEqual(Setting.notApplied([DatabasePlugin], tree, "linux").map(({ key }) => key), [])
  }))

it.effect("takes the guide's environment variables and their aliases", () =>
  Effect.gen(function*() {
    const { tree } = yield* read([], {
      DB_HOST: "db.internal",
      DB_PRIMARY_PORT: "6432",
      DB_PRIMARY_NAME: "shop",
      DB_PRIMARY_USER: "clerk",
      DATABASE_PASSWORD: "s3cret",
      DB_POOL_SIZE: "7",
      DB_SSL_MODE: "verify-full"
    })
    const { connection_pool, connections: { primary } } = configOf(tree.value["database"])
    assert.strictEqual(connection_pool.max_size, 7)
    assert.deepStrictEqual({ ...primary, password: primary.password && Redacted.value(primary.password) }, {
      host: "db.internal",
      port: 6432,
      database: "shop",
      user: "clerk",
      password: "s3cret",
      ssl_mode: "verify-full"
    })
  }))

it.effect("prefers DB_PRIMARY_HOST over its alias and never shows the password in a fault", () =>
  Effect.gen(function*() {
    const { prepared, tree } = yield* read([], { DB_HOST: "old", DB_PRIMARY_HOST: "new", DB_SSL_MODE: "maybe" })
    assert.strictEqual(
      configOf({ ...Object(tree.value["database"]), connections: {} }).connections.primary.host,
      undefined
    )
    assert.strictEqual(prepared.faults.length, 1)
    assert.include(prepared.faults[0]?.message ?? "", `DB_SSL_MODE`)
    const wrong = yield* read([], { DB_PASSWORD: "s3cret", DB_POOL_SIZE: "many" })
    assert.notInclude(JSON.stringify(wrong.prepared.faults.map(({ message }) => message)), "s3cret")
  }))

it("does not ask the server without a rest", () => {
  const asking = (health_check_interval: string) => configOf({ ha: { failover: { health_check_interval } } })
  assert.throws(() => asking("0s"), /Expected a duration of "10ms" or more/)
  assert.strictEqual(Duration.format(asking("10ms").ha.failover.health_check_interval), "10ms")
})
