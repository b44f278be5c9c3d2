/** Runs pg_dump or pg_restore, which PostgreSQL brings and we do not: found on the PATH, new enough, told the password apart. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as ChildProcess from "node:child_process"
import * as Process from "node:process"
import { DatabaseToolFailed } from "../../errors.ts"
import type { Server } from "../PgServer.ts"
import type { Target } from "../PgSession.ts"

export type Program = "pg_dump" | "pg_restore"

const longestTale = 4000

interface Ended {
  readonly code: number
  /** The end of what it said about itself. */
  readonly said: string
  readonly out: string
}

/** The child ends when the fiber does. */
const spawn = (program: Program, args: ReadonlyArray<string>, env: NodeJS.ProcessEnv) =>
  Effect.callback<Ended, NodeJS.ErrnoException>((resume) => {
    const child = ChildProcess.spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] })
    let [said, out] = ["", ""]
    child.stdout.on("data", (chunk) => (out = (out + String(chunk)).slice(-longestTale)))
    child.stderr.on("data", (chunk) => (said = (said + String(chunk)).slice(-longestTale)))
    child.once("error", (error) => resume(Effect.fail(error)))
    child.once("close", (code) => resume(Effect.succeed({ code: code ?? -1, said: said.trim(), out })))
    return Effect.callback<void>((done) => {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return done(Effect.void)
      child.once("close", () => done(Effect.void))
      child.kill("SIGTERM")
    })
  })

const wayOut = (major: number): string =>
  `Install the client programs of PostgreSQL ${major} or later (Debian, Ubuntu: postgresql-client-${major} of apt.postgresql.org; ` +
  `macOS: brew install libpq; or run it from the image postgres:${major}) and see that they stand first in PATH.`

const missing = (program: Program, major: number) => (error: NodeJS.ErrnoException) =>
  new DatabaseToolFailed({
    program,
    problem: error.code === "ENOENT" ? "it is not installed" : error.message,
    remedy: wayOut(major)
  })

/** An older program refuses a newer server, or restores it in part: told before anything is touched. */
const ensureFits = Effect.fnUntraced(function*(program: Program, serverMajor: number) {
  const { out } = yield* Effect.mapError(spawn(program, ["--version"], Process.env), missing(program, serverMajor))
  const major = Number(/\) (\d+)/.exec(out)?.[1])
  if (major >= serverMajor) return
  return yield* new DatabaseToolFailed({
    program,
    problem: `it is of version ${Number.isNaN(major) ? "unknown" : major}, the server of version ${serverMajor}`,
    remedy: wayOut(serverMajor)
  })
})

/** A password in the arguments could be read by everybody on this machine; the environment of a process by its user only. */
const environmentOf = ({ database, host, password, port, sslMode, sslRootCert, user }: Target): NodeJS.ProcessEnv => ({
  ...Process.env,
  PGHOST: host,
  PGPORT: String(port),
  PGUSER: user,
  PGDATABASE: database,
  PGSSLMODE: sslMode,
  PGAPPNAME: "heptad-backup",
  PGCONNECT_TIMEOUT: "10",
  ...(sslRootCert !== undefined && { PGSSLROOTCERT: sslRootCert }),
  ...(password !== undefined && { PGPASSWORD: Redacted.value(password) })
})

/** Runs it against the server; what it failed with is its own last words. */
export const run = Effect.fnUntraced(function*(program: Program, server: Server, args: ReadonlyArray<string>) {
  const major = Math.floor(server.versionNumber / 10_000)
  yield* ensureFits(program, major)
  const all = ["--no-password", ...args]
  const { code, said } = yield* Effect.mapError(
    spawn(program, all, environmentOf(server.target)),
    missing(program, major)
  )
  if (code === 0) return
  return yield* new DatabaseToolFailed({
    program,
    problem: said === "" ? `it ended with ${code}` : said,
    remedy: "Correct what it names; nothing was changed."
  })
})
