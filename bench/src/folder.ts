/** A data folder for a server, removed after the server has ended. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"

export const folderOf = Effect.fnUntraced(function*(name: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.makeTempDirectoryScoped({ prefix: `bench-${name.replaceAll(/\W+/g, "-")}-` })
})
