/**
 * SIGHUP, heard only while somebody listens. It has two meanings: an operator wants what is outside to be read again, or the
 * terminal that the app was started from is gone. In the second case nobody is left who could press Ctrl-C, so it stops.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import process from "node:process"

const listeners = new Set<() => void>()

const hasTerminal = (): boolean => {
  try {
    fs.closeSync(fs.openSync("/dev/tty", "r"))
    return true
  } catch {
    return false
  }
}

let hadTerminal = false

const hear = (): void => {
  if (hadTerminal && !hasTerminal()) process.kill(process.pid, "SIGTERM")
  else for (const listener of listeners) listener()
}

const add = (listener: () => void) =>
  Effect.sync(() => {
    if (listeners.size === 0) {
      hadTerminal = hasTerminal()
      process.on("SIGHUP", hear)
    }
    listeners.add(listener)
  })

const remove = (listener: () => void) =>
  Effect.sync(() => {
    listeners.delete(listener)
    if (listeners.size === 0) process.off("SIGHUP", hear)
  })

/** Several signals that come while the reader is busy are one. */
export const hangups: Stream.Stream<"SIGHUP"> = Stream.callback<"SIGHUP">((queue) => {
  const listener = () => void Queue.offerUnsafe(queue, "SIGHUP")
  return Effect.acquireRelease(add(listener), () => remove(listener))
}, { bufferSize: 1, strategy: "sliding" })
