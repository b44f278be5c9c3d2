/** A child process whose end is awaited, never guessed, and which is ended by its own number. */
import { type ChildProcess, fork as forkProcess, spawn, type SpawnOptions } from "node:child_process"

export interface Ended {
  /** The exit code, or the name of the signal that ended it. */
  readonly code: number | string
  /** Milliseconds of the wall clock. */
  readonly at: number
}

export interface Child {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves once it has ended: SIGTERM first, SIGKILL when that took longer than `graceMillis`. */
  readonly stop: (graceMillis: number) => Promise<Ended>
}

const watched = (child: ChildProcess): Child => {
  const ended = new Promise<Ended>((resolve) => {
    child.on("exit", (code, signal) => resolve({ code: code ?? signal ?? "unknown", at: Date.now() }))
    child.on("error", (error) => resolve({ code: error.message, at: Date.now() }))
  })
  const stop = async (graceMillis: number): Promise<Ended> => {
    child.kill("SIGTERM")
    const force = setTimeout(() => child.kill("SIGKILL"), graceMillis)
    return ended.finally(() => clearTimeout(force))
  }
  return { process: child, ended, stop }
}

/** This command again, with other arguments. */
export const again = (args: ReadonlyArray<string>, options: SpawnOptions): Child =>
  watched(spawn(process.execPath, [...process.execArgv, process.argv[1] ?? "", ...args], options))

/**
 * A module as a process that ends when the channel to this one closes. A session of its own: a Ctrl-C of the
 * terminal is for the test, and Linux gives each session its share of the CPUs, so that a busy neighbour does not starve it.
 */
export const fork = (module: URL): Child =>
  watched(
    forkProcess(module, {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      detached: true
    })
  )
