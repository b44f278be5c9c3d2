/** Files that are either the old one or the new one, also after a crash in between. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { randomUUID } from "node:crypto"

const replace = Effect.fnUntraced(function*(path: string, text: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const file = yield* fileSystem.open(path, { flag: "w", mode: 0o600 })
  yield* file.writeAll(new TextEncoder().encode(text))
  yield* file.sync
}, Effect.scoped)

/** Writes beside the file and renames; readable by this user only. Missing folders are made. */
export const writeAtomically = Effect.fnUntraced(function*(path: string, text: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const { dirname } = yield* Path.Path
  const beside = `${path}.new`
  yield* fileSystem.makeDirectory(dirname(path), { recursive: true, mode: 0o700 })
  yield* replace(beside, text)
  yield* fileSystem.rename(beside, path)
})

/** The same for a file that is written once: of several writers the first one wins, and all of them get its text. */
export const writeOnce = Effect.fnUntraced(function*(path: string, text: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const { dirname } = yield* Path.Path
  const beside = `${path}.${randomUUID()}`
  yield* fileSystem.makeDirectory(dirname(path), { recursive: true, mode: 0o700 })
  yield* replace(beside, text).pipe(
    Effect.andThen(fileSystem.link(beside, path)),
    Effect.catchIf((error) => error.reason._tag === "AlreadyExists", () => Effect.void),
    Effect.ensuring(Effect.ignore(fileSystem.remove(beside)))
  )
  return (yield* fileSystem.readFileString(path)).trim()
})
