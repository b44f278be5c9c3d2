/** Runs a PostgreSQL program as a child process: its lines, its end, and how to stop it. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import process from "node:process"
import * as Readline from "node:readline"
import type { Account } from "./account.ts"

export interface PostgresProcess {
  readonly pid: number
  /** The last lines that it printed, oldest first. */
  readonly lines: ReadonlyArray<string>
  /** How it ended, as text for people. */
  readonly ended: Deferred.Deferred<string>
}

export interface Options {
  readonly program: string
  readonly arguments: ReadonlyArray<string>
  readonly directory: string
  readonly account: Account | undefined
  /** File descriptor that becomes its standard input. */
  readonly input?: number
  readonly onLine: (line: string) => void
}

const keptLines = 50

const inherited = ["PATH", "TMPDIR", "LD_LIBRARY_PATH"]

/** Only what the server needs, so that nothing of our own environment (secrets among it) reaches it. */
const environment = (directory: string): Record<string, string> => ({
  ...Object.fromEntries(inherited.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value]]
  })),
  HOME: directory,
  LC_ALL: "C"
})

const describeEnd = (code: number | null, signal: string | null): string =>
  signal === null ? `exit code ${code}` : `signal ${signal}`

/**
 * Starts it in a session of its own: Ctrl-C in a terminal reaches every process of the group, and the server must
 * outlive the drain of the app. Fails with a text when it cannot be started at all.
 */
export const spawn = (options: Options): Effect.Effect<PostgresProcess, string> =>
  Effect.callback((resume) => {
    const lines: Array<string> = []
    const ended = Deferred.makeUnsafe<string>()
    const child = ChildProcess.spawn(options.program, options.arguments, {
      cwd: options.directory,
      env: environment(options.directory),
      detached: true,
      stdio: [options.input ?? "ignore", "pipe", "pipe"],
      ...options.account
    })
    const onLine = (line: string) => {
      lines.push(line)
      if (lines.length > keptLines) lines.shift()
      options.onLine(line)
    }
    for (const output of [child.stdout, child.stderr]) {
      if (output !== null) Readline.createInterface({ input: output }).on("line", onLine)
    }
    // An exit that is forced by a second signal runs no finalizer; without this the server would stay behind.
    const abandon = () => child.kill("SIGINT")
    process.once("exit", abandon)
    child.once("error", (cause) => resume(Effect.fail(cause.message)))
    child.once("close", (code, signal) => {
      process.off("exit", abandon)
      Deferred.doneUnsafe(ended, Effect.succeed(describeEnd(code, signal)))
    })
    child.once("spawn", () => resume(Effect.succeed({ pid: child.pid ?? 0, lines, ended })))
  })

/** Sends a signal; false when there is no such process, or it is not ours. */
export const signal = (pid: number, name: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

/** A process that ended but that nobody asked about; the first process of a container often never asks. */
const isZombie = (pid: number): boolean => {
  const file = `/proc/${pid}/stat`
  if (!Fs.existsSync(file)) return false
  const status = Fs.readFileSync(file, "utf8")
  return status.charAt(status.lastIndexOf(")") + 2) === "Z"
}

export const isRunning = (pid: number): boolean => signal(pid, 0) && !isZombie(pid)
