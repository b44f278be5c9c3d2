/** Files that others than the settings follow. What a change is, and how it is noticed, is tested by SettingsChanges. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, it } from "@effect/vitest"
import { FileChanges } from "@heptad/common"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "heptad-files-")))),
  (path) => Effect.sync(() => fs.rmSync(path, { recursive: true, force: true }))
)

it.live("tells what changed since it looked, also before somebody waits, and what appears and goes", () =>
  Effect.gen(function*() {
    const root = yield* folder
    const [cert, key] = [join(root, "tls.crt"), join(root, "tls.key")]
    fs.writeFileSync(cert, "one")
    const next = yield* FileChanges.follow({ files: [cert, key], what: "certificates", atOnce: "restart" })
    fs.writeFileSync(cert, "two")
    assert.strictEqual(yield* next, `${cert} changed`)
    const waiting = yield* Effect.forkScoped(next)
    fs.writeFileSync(key, "one")
    assert.strictEqual(yield* Fiber.join(waiting), `${key} added`)
    fs.rmSync(key)
    assert.strictEqual(yield* next, `${key} removed`)
  }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)))
