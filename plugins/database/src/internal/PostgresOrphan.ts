/** Ends servers: ours at the end, and those that an app left behind when it was killed. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Process from "node:process"
import { isRunning, signal } from "./PostgresProcess.ts"

/** The files in which a server says that it uses the folder; each begins with its process number. */
const claims = ["postmaster.pid", ".s.PGSQL.5432.lock"]

const pidIn = (file: string): number | undefined => {
  const pid = Fs.existsSync(file) ? Number.parseInt(Fs.readFileSync(file, "utf8"), 10) : Number.NaN
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined
}

const commandOf = (pid: number): string =>
  ChildProcess.execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8", timeout: 2000 })

/**
 * Where a process works. Without CAP_SYS_PTRACE, which containers withhold, root may not look at the processes of other
 * accounts; their own account may.
 */
const folderOf = (pid: number): string => {
  const link = `/proc/${pid}/cwd`
  try {
    return Fs.readlinkSync(link)
  } catch {
    const { gid, uid } = Fs.statSync(`/proc/${pid}`)
    return ChildProcess.execFileSync("readlink", ["-n", link], {
      encoding: "utf8",
      timeout: 2000,
      stdio: "pipe",
      uid,
      gid
    })
  }
}

/** Whether this process is a server of this folder; numbers are used again, above all in containers. */
export const worksIn = (pid: number, directory: string): boolean => {
  if (!isRunning(pid)) return false
  try {
    return Process.platform === "linux"
      ? folderOf(pid) === Fs.realpathSync(directory)
      : commandOf(pid).includes(directory)
  } catch {
    return false
  }
}

const lastPatience = Duration.seconds(3)

/** Signals until the process is gone: fast shutdown first, force when the time is over. */
export const stopProcess = Effect.fnUntraced(function*(pid: number, patience: Duration.Duration) {
  const gone = Effect.repeat(Effect.sync(() => isRunning(pid)), {
    while: (there) => there,
    schedule: Schedule.spaced("10 millis")
  })
  for (const [name, wait] of [["SIGINT", patience], ["SIGQUIT", lastPatience], ["SIGKILL", lastPatience]] as const) {
    signal(pid, name)
    if (yield* Effect.isSuccess(Effect.timeout(gone, wait))) return
    yield* Effect.logWarning(`PostgreSQL (process ${pid}) did not end within ${Duration.format(wait)} of ${name}`)
  }
})

/**
 * The app holds the lock of the data directory, so whatever still serves this folder was left behind by a crash. A claim
 * of a process that is gone goes too: its number may belong to somebody else, or to a zombie, by now.
 */
export const stopOrphan = Effect.fnUntraced(function*(directory: string, patience: Duration.Duration) {
  for (const claim of claims) {
    const file = Path.join(directory, claim)
    const pid = pidIn(file)
    if (pid !== undefined && worksIn(pid, directory)) {
      yield* Effect.logWarning(`stopping the PostgreSQL that an earlier run left behind (process ${pid})`)
      yield* stopProcess(pid, patience)
    }
    Fs.rmSync(file, { force: true })
  }
})
