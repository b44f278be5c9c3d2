/** Standard output and standard error as destinations. */
import * as Effect from "effect/Effect"
import process from "node:process"
import { WriteFailed } from "../errors.ts"
import type { Destination } from "./Destination.ts"
import { reasonOf, writeAll, writeAllSync } from "./NodeFd.ts"

const make = (name: string, fd: number): Destination => {
  const refused = (error: unknown) => new WriteFailed({ sink: name, reason: reasonOf(error) })
  return {
    name,
    write: (bytes) => Effect.mapError(writeAll(fd, bytes), refused),
    writeSync: (bytes) => {
      try {
        writeAllSync(fd, bytes)
        return undefined
      } catch (error) {
        return refused(error)
      }
    },
    reopen: Effect.void,
    close: Effect.void
  }
}

export const stdout: Destination = make("console", 1)
export const stderr: Destination = make("stderr", 2)

export const stdoutIsTerminal = (): boolean => process.stdout.isTTY === true

/** Whether the terminal shows colours; NO_COLOR and FORCE_COLOR are heeded. */
export const stdoutHasColours = (): boolean => stdoutIsTerminal() && process.stdout.hasColors()

/** Runs `flush` when the process ends without closing its scopes (`process.exit`, an uncaught exception). */
export const onExit = (flush: () => void) =>
  Effect.acquireRelease(
    Effect.sync(() => process.on("exit", flush)),
    () => Effect.sync(() => process.off("exit", flush))
  )
