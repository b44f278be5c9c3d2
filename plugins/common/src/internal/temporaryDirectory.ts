/** A data directory that is removed when the scope closes. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as NodeDataDirectory from "./NodeDataDirectory.ts"

export const layer = Layer.unwrap(Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  return NodeDataDirectory.layer(yield* fileSystem.makeTempDirectoryScoped({ prefix: "heptad-test-" }))
})).pipe(Layer.provide([NodeFileSystem.layer, NodePath.layer]), Layer.orDie)
