import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { SettingsFiles } from "@heptad/common"
import { Kernel } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import { Monitoring } from "@heptad/monitoring"
import { Network } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import { fileURLToPath } from "node:url"
import { layer, plugins } from "../src/index.ts"

const development = fileURLToPath(new URL("../config/development.yaml", import.meta.url))

const written = SettingsFiles.layer({ files: [development], overrides: [], environment: {} }).pipe(
  Layer.provide(NodeServices.layer)
)

it.effect("has settings for development without a fault", () => Effect.provide(Kernel.check(plugins), written))

/** Free ports, and a data directory that goes with the test. */
const app = Layer.unwrap(Effect.gen(function*() {
  const folder = yield* (yield* FileSystem.FileSystem).makeTempDirectoryScoped()
  return layer.pipe(Layer.provide(settings({
    common: { data_dir: folder },
    monitoring: { health: { port: 0 }, prometheus: { port: 0 } },
    network: { tcp: { port: 0 } }
  })))
})).pipe(Layer.provide(NodeServices.layer), Layer.merge(FetchHttpClient.layer))

const statusOf = (url: string) => Effect.map(HttpClient.get(url), ({ status }) => status)

it.live("starts, is ready, answers, and stops", () =>
  Effect.gen(function*() {
    const { address } = yield* Network
    const { healthAddress } = yield* Monitoring
    assert.strictEqual(yield* statusOf(`http://127.0.0.1:${healthAddress?.port}/health/ready`), 200)
    assert.strictEqual(yield* statusOf(`${address.url}/nothing-here`), 404)
  }).pipe(Effect.provide(app)))
