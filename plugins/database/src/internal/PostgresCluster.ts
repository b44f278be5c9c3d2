/** The folder in which the embedded server keeps its data: made once, checked at each start. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Process from "node:process"
import { EmbeddedServerFailed } from "../errors.ts"
import { type Account, reaches } from "./account.ts"
import type { PostgresBinaries } from "./PostgresBinaries.ts"
import { signal, spawn } from "./PostgresProcess.ts"

/** Major version of the programs that we install. */
const major = "18"
export const superuser = "heptad"

/**
 * How the server is told where its data lies. Its working directory is set before it gives up root, so this path needs
 * no permission on the folders above, which are often closed (a project below /root).
 */
export const dataArgument = (directory: string, account: Account | undefined): string =>
  account !== undefined && Process.platform === "linux" && !reaches(account, directory) ? "/proc/self/cwd" : directory

const failure = (directory: string, problem: string, remedy: string) =>
  new EmbeddedServerFailed({ directory, problem, remedy })

/** A file that holds the password, readable by the account, handed over as standard input and gone afterwards. */
const withPasswordFile = <A, E>(
  directory: string,
  account: Account | undefined,
  password: Redacted.Redacted,
  use: (descriptor: number) => Effect.Effect<A, E>
): Effect.Effect<A, E> => {
  const file = `${directory}.password`
  const open = Effect.sync(() => {
    Fs.writeFileSync(file, `${Redacted.value(password)}\n`, { mode: 0o600 })
    if (account !== undefined) Fs.chownSync(file, account.uid, account.gid)
    return Fs.openSync(file, "r")
  })
  return Effect.acquireUseRelease(open, use, (descriptor) =>
    Effect.sync(() => {
      Fs.closeSync(descriptor)
      Fs.rmSync(file, { force: true })
    }))
}

export interface Options {
  readonly directory: string
  readonly account: Account | undefined
  readonly binaries: PostgresBinaries
  readonly password: Redacted.Redacted
  readonly durable: boolean
}

const initdbArguments = (data: string, durable: boolean): ReadonlyArray<string> => [
  "-D",
  data,
  "-U",
  superuser,
  "-A",
  "scram-sha-256",
  "--pwfile=/dev/stdin",
  "-E",
  "UTF8",
  "--locale=C",
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
  "--no-instructions",
  ...(durable ? [] : ["--no-sync"])
]

const runInitdb = Effect.fnUntraced(function*(options: Options, directory: string) {
  const { account, binaries, durable, password } = options
  const ended = yield* withPasswordFile(directory, account, password, (input) =>
    spawn({
      program: binaries.initdb,
      arguments: initdbArguments(dataArgument(directory, account), durable),
      directory,
      account,
      input,
      onLine: () => undefined
    }).pipe(
      Effect.mapError((problem) =>
        failure(options.directory, `initdb could not run: ${problem}`, "Check the permissions.")
      ),
      Effect.flatMap((child) =>
        Deferred.await(child.ended).pipe(
          Effect.onInterrupt(() => Effect.sync(() => signal(child.pid, "SIGKILL"))),
          Effect.map((how) => ({ how, lines: child.lines }))
        )
      )
    ))
  if (ended.how === "exit code 0") return
  return yield* failure(
    options.directory,
    `initdb ended with ${ended.how}: ${ended.lines.filter((line) => line.startsWith("initdb:")).join(" ")}`,
    "Free what it names and start again."
  )
})

/** Made beside and renamed, so that a start that is cut short leaves no half-made cluster. */
const create = Effect.fnUntraced(function*(options: Options) {
  const fresh = `${options.directory}.new`
  Fs.rmSync(fresh, { recursive: true, force: true })
  Fs.mkdirSync(fresh, { mode: 0o700 })
  if (options.account !== undefined) Fs.chownSync(fresh, options.account.uid, options.account.gid)
  yield* runInitdb(options, fresh)
  Fs.rmSync(options.directory, { recursive: true, force: true })
  Fs.renameSync(fresh, options.directory)
})

/** The major version of the data, undefined when there is none yet. */
const versionOf = (directory: string): string | undefined => {
  const file = Path.join(directory, "PG_VERSION")
  return Fs.existsSync(file) ? Fs.readFileSync(file, "utf8").trim() : undefined
}

const isEmpty = (directory: string): boolean => !Fs.existsSync(directory) || Fs.readdirSync(directory).length === 0

/** Makes the cluster when there is none, and refuses data that these programs cannot read. */
export const ensure = Effect.fnUntraced(function*(options: Options) {
  const { directory } = options
  const found = yield* Effect.try({
    try: () => ({ version: versionOf(directory), empty: isEmpty(directory) }),
    catch: (cause) => failure(directory, `it cannot be read (${String(cause)})`, "Start as the user who made it.")
  })
  if (found.version === major) return
  if (found.version !== undefined) {
    return yield* failure(
      directory,
      `its data is of PostgreSQL ${found.version}, this release runs ${major}`,
      `Dump it with the release that made it and load the dump here, or move the folder away to begin empty.`
    )
  }
  if (!found.empty) {
    return yield* failure(directory, "the folder holds something else than a database", "Move it away.")
  }
  yield* Effect.logInfo(`creating a database in ${directory}`)
  yield* create(options)
})
