/** The data directory on a local disk. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import * as Semaphore from "effect/Semaphore"
import * as crypto from "node:crypto"
import { DataDirectory } from "../DataDirectory.ts"
import { DataDirectoryUnusable } from "../errors.ts"
import { writeOnce } from "./atomic.ts"
import { hold } from "./lock.ts"

const readOrMake = Effect.fnUntraced(function*(file: string, bytes: number) {
  const fileSystem = yield* FileSystem.FileSystem
  if (yield* fileSystem.exists(file)) return (yield* fileSystem.readFileString(file)).trim()
  return yield* writeOnce(file, crypto.randomBytes(bytes).toString("base64url"))
})

const secretIn = Effect.fnUntraced(function*(directory: string, name: string, bytes: number) {
  if (!/^[a-z0-9_-]{1,64}$/.test(name)) return yield* Effect.die(new Error(`"${name}" cannot name a secret`))
  const file = `${directory}/secrets/${name}`
  const text = yield* Effect.orDie(readOrMake(file, bytes))
  if (Buffer.from(text, "base64url").length < bytes) {
    return yield* Effect.die(new Error(`${file} holds less than ${bytes} bytes: remove it to have a new secret made`))
  }
  return Redacted.make(text)
})

const make = Effect.fnUntraced(function*(absolute: string) {
  const one = yield* Semaphore.make(1)
  const context = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
  return DataDirectory.of({
    path: absolute,
    secret: (name, bytes) => one.withPermits(1)(secretIn(absolute, name, bytes)).pipe(Effect.provideContext(context))
  })
})

const prepare = Effect.fnUntraced(function*(directory: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const absolute = path.resolve(directory)
  yield* fileSystem.makeDirectory(absolute, { recursive: true, mode: 0o700 })
  return absolute
})

const unusable = (path: string) => (error: PlatformError) =>
  Effect.fail(new DataDirectoryUnusable({ path, problem: error.message }))

/** Makes the directory (0700) if it is missing and holds its lock until the scope closes. */
export const layer = (directory: string) =>
  Layer.effect(
    DataDirectory,
    prepare(directory).pipe(
      Effect.tap(hold),
      Effect.flatMap(make),
      Effect.catchTag("PlatformError", unusable(directory))
    )
  )

/** The same without the lock, for tools that read or make a secret while the app may be running. */
export const layerUnlocked = (directory: string) =>
  Layer.effect(
    DataDirectory,
    Effect.flatMap(prepare(directory), make).pipe(Effect.catchTag("PlatformError", unusable(directory)))
  )
