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
import { worksIn } from "./PostgresOrphan.ts"
import { signal, spawn } from "./PostgresProcess.ts"
import * as SharedMemory from "./sharedMemory.ts"
import { final, lastWordsOf, remedyFor } from "./trouble.ts"

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

export interface Options {
  readonly directory: string
  readonly account: Account | undefined
  readonly binaries: PostgresBinaries
  readonly password: Redacted.Redacted
  readonly durable: boolean
}

/** Standard input that holds the password. The file has no name any more, so that no end of ours leaves it behind. */
const withPassword = <A, E>(
  { account, directory, password }: Options,
  use: (descriptor: number) => Effect.Effect<A, E>
): Effect.Effect<A, E> => {
  const open = Effect.sync(() => {
    const file = `${directory}.password`
    Fs.rmSync(file, { force: true })
    const opened = Fs.openSync(file, "wx+", 0o600)
    Fs.rmSync(file)
    if (account !== undefined) Fs.fchownSync(opened, account.uid, account.gid)
    return opened
  })
  const fill = (descriptor: number) =>
    Effect.sync(() => Fs.writeSync(descriptor, `${Redacted.value(password)}\n`, 0, "utf8"))
  return Effect.acquireUseRelease(
    open,
    (descriptor) => Effect.andThen(fill(descriptor), use(descriptor)),
    (descriptor) => Effect.sync(() => Fs.closeSync(descriptor))
  )
}

const initdbArguments = (data: string, durable: boolean): ReadonlyArray<string> => [
  "-D",
  data,
  "-U",
  superuser,
  "--auth-local=scram-sha-256",
  "--auth-host=reject",
  "--pwfile=/dev/stdin",
  "-E",
  "UTF8",
  "--locale=C",
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
  "--no-instructions",
  "-c",
  `dynamic_shared_memory_type=${SharedMemory.kindFor(Process.platform)}`,
  ...(durable ? [] : ["--no-sync"])
]

/** Beside the folder of a cluster that is being made: who makes it. */
const maker = ".pid"

/** The server that initdb runs knows the reason; else what it says itself between what it does. */
const wordsOf = (lines: ReadonlyArray<string>): string | undefined =>
  lastWordsOf(lines.filter((line) => final.test(line))) ??
    lines.findLast((line) => line.startsWith("initdb: error:"))?.replace("initdb: error: ", "")

const runInitdb = Effect.fnUntraced(function*(options: Options, directory: string) {
  const { account, binaries, durable } = options
  const ended = yield* withPassword(options, (input) =>
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
      Effect.tap((child) => Effect.sync(() => Fs.writeFileSync(`${directory}${maker}`, String(child.pid)))),
      Effect.flatMap((child) =>
        Deferred.await(child.ended).pipe(
          Effect.onInterrupt(() => Effect.sync(() => signal(-child.pid, "SIGKILL"))),
          Effect.map((how) => ({ how, lines: child.lines }))
        )
      )
    ))
  if (ended.how === "exit code 0") return
  const words = wordsOf(ended.lines) ?? `it ended with ${ended.how}`
  return yield* failure(
    options.directory,
    `initdb: ${words}`,
    remedyFor(words, "Free what it names and start again.")
  )
})

/** Names of clusters that are being made begin so, after the name of the folder. */
const unfinished = ".new-"

/** An initdb whose app was killed would go on, and so would the server that it runs: both are of one group. */
const endMaker = (folder: string): void => {
  const file = `${folder}${maker}`
  const pid = Fs.existsSync(file) ? Number.parseInt(Fs.readFileSync(file, "utf8"), 10) : Number.NaN
  if (pid > 1 && worksIn(pid, folder)) signal(-pid, "SIGKILL")
}

/** What starts that were cut short left behind; a folder may fill again for the moment in which its maker ends. */
const sweep = (directory: string): void => {
  const above = Path.dirname(directory)
  const prefix = Path.basename(directory) + unfinished
  for (const name of Fs.readdirSync(above).filter((each) => each.startsWith(prefix))) {
    const folder = Path.join(above, name)
    endMaker(folder)
    Fs.rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}

/** A name that is not on the disk yet can be lost with the power, and all rows with it. */
const syncNames = (folder: string): void => {
  const descriptor = Fs.openSync(folder, "r")
  try {
    Fs.fsyncSync(descriptor)
  } finally {
    Fs.closeSync(descriptor)
  }
}

/** Made beside under a name of its own and renamed, so that a start that is cut short leaves no half-made cluster. */
const create = Effect.fnUntraced(function*(options: Options) {
  const { account, directory } = options
  sweep(directory)
  const fresh = Fs.mkdtempSync(directory + unfinished)
  if (account !== undefined) Fs.chownSync(fresh, account.uid, account.gid)
  yield* Effect.onError(runInitdb(options, fresh), () => Effect.sync(() => sweep(directory)))
  Fs.rmSync(directory, { recursive: true, force: true })
  Fs.renameSync(fresh, directory)
  sweep(directory)
  syncNames(Path.dirname(directory))
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
