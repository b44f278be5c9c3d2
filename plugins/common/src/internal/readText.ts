/** Reads a small text file; what goes wrong becomes a sentence. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Stream from "effect/Stream"

export const maxBytes = 1024 * 1024
const deadline = "10 seconds"

const sentence = (error: PlatformError): string =>
  error.reason._tag === "NotFound" ? "there is no such file" : `cannot be read (${error.reason._tag})`

const join = (chunks: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0))
  chunks.reduce((at, chunk) => {
    bytes.set(chunk, at)
    return at + chunk.length
  }, 0)
  return bytes
}

const decode = (bytes: Uint8Array): Effect.Effect<string, string> =>
  bytes.length > maxBytes
    ? Effect.fail(`is larger than ${maxBytes / 1024} KiB`)
    : Effect.try({
      try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
      catch: () => "is not UTF-8 text"
    })

const read = Effect.fnUntraced(function*(path: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const chunks = yield* Stream.runCollect(fileSystem.stream(path, { bytesToRead: maxBytes + 1 }))
  return yield* decode(join(chunks))
}, (text) => Effect.mapError(text, (error) => typeof error === "string" ? error : sentence(error)))

/** A reader that waits for a writer would keep the process from ending; to be both for a moment lets it go. */
const letGo = Effect.fnUntraced(function*(path: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const { type } = yield* fileSystem.stat(path)
  if (type === "FIFO") yield* Effect.scoped(fileSystem.open(path, { flag: "r+" }))
}, (done) => Effect.ignore(done))

/** The text of a file of at most 1 MiB, read within 10 s. Fails with what is wrong. */
export const readText = Effect.fnUntraced(function*(path: string) {
  // On a fiber of its own, because opening a pipe that nobody writes to cannot be interrupted.
  const fiber = yield* Effect.forkDetach(read(path))
  const late = Effect.andThen(letGo(path), Effect.fail(`could not be read within ${deadline}`))
  return yield* Effect.timeoutOrElse(Fiber.join(fiber), { duration: deadline, orElse: () => late })
})
