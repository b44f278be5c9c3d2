/**
 * Whole writes to a file descriptor, asynchronous and not. Standard output may be a pipe in non-blocking mode, which
 * refuses with EAGAIN while its reader is slow: that is waited for, with a deadline.
 */
import * as Effect from "effect/Effect"
import * as fs from "node:fs"

/** A reader that takes nothing for so long is gone. */
const patience = 10_000
const pause = 5
const unread = "EAGAIN: nobody reads"

export const reasonOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

const isAgain = (error: NodeJS.ErrnoException): boolean => error.code === "EAGAIN"

const writeSome = (fd: number, bytes: Uint8Array, from: number) =>
  Effect.callback<number, string>((resume) => {
    fs.write(fd, bytes, from, bytes.length - from, null, (error, written) => {
      if (error === null) resume(Effect.succeed(written))
      else resume(isAgain(error) ? Effect.as(Effect.sleep(pause), 0) : Effect.fail(error.message))
    })
  })

/** Fails with the reason as a text. */
export const writeAll = Effect.fnUntraced(function*(fd: number, bytes: Uint8Array) {
  let done = 0
  let idle = 0
  while (done < bytes.length) {
    const written = yield* writeSome(fd, bytes, done)
    done += written
    idle = written === 0 ? idle + 1 : 0
    if (idle * pause > patience) return yield* Effect.fail(unread)
  }
})

const sleeper = new Int32Array(new SharedArrayBuffer(4))

/** At exit and for `fatal` a slow reader gets this long, in steps of `pause`. */
const syncPatience = 1_000

const writeSomeSync = (fd: number, bytes: Uint8Array, from: number): number => {
  try {
    return fs.writeSync(fd, bytes, from, bytes.length - from, null)
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") {
      Atomics.wait(sleeper, 0, 0, pause)
      return 0
    }
    throw error
  }
}

/** Throws an error whose message is the reason. */
export const writeAllSync = (fd: number, bytes: Uint8Array): void => {
  let done = 0
  let idle = 0
  while (done < bytes.length) {
    const written = writeSomeSync(fd, bytes, done)
    done += written
    idle = written === 0 ? idle + 1 : 0
    if (idle * pause > syncPatience) throw new Error(unread)
  }
}
