/** Runs the embedded server: start, wait until it answers, start again when it dies, stop. */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Process from "node:process"
import { EmbeddedServerFailed } from "../errors.ts"
import { type Account } from "./account.ts"
import { freeSpace } from "./diskSpace.ts"
import type { PostgresBinaries } from "./PostgresBinaries.ts"
import { dataArgument } from "./PostgresCluster.ts"
import { stopOrphan, stopProcess } from "./PostgresOrphan.ts"
import { type PostgresProcess, spawn } from "./PostgresProcess.ts"
import * as SharedMemory from "./sharedMemory.ts"
import { lacksRoom, lastWordsOf, remedyFor } from "./trouble.ts"

export interface Options {
  readonly directory: string
  readonly account: Account | undefined
  readonly binaries: PostgresBinaries
  readonly maxConnections: number
  readonly durable: boolean
  readonly startTimeout: Duration.Duration
  readonly stopTimeout: Duration.Duration
  readonly maxRestarts: number
  /** Whether the server lets us in by now; fails when it never will. Asked until the start deadline. */
  readonly probe: Effect.Effect<boolean, EmbeddedServerFailed>
}

/** For a laptop: little memory, few processes, no network, only events that an operator wants to read. */
const settingsOf = ({ durable, maxConnections }: Options): Readonly<Record<string, string>> => ({
  listen_addresses: "",
  unix_socket_directories: ".",
  unix_socket_permissions: "0700",
  port: "5432",
  max_connections: String(maxConnections),
  shared_buffers: "32MB",
  huge_pages: "off",
  dynamic_shared_memory_type: SharedMemory.kindFor(Process.platform),
  wal_level: "minimal",
  max_wal_senders: "0",
  max_wal_size: "256MB",
  io_method: "sync",
  log_destination: "stderr",
  logging_collector: "off",
  log_line_prefix: "",
  log_min_messages: "log",
  log_min_error_statement: "panic",
  log_checkpoints: "off",
  ...(durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" })
})

const argumentsOf = (options: Options): ReadonlyArray<string> => [
  "-D",
  dataArgument(options.directory, options.account),
  ...Object.entries(settingsOf(options)).flatMap(([name, value]) => ["-c", `${name}=${value}`])
]

/** Our own probe makes the server say so at every start. */
const expected = /the database system is (starting up|not yet accepting connections)$/

const tell = (line: string): Effect.Effect<void> =>
  /^(FATAL|PANIC):/.test(line) && !expected.test(line)
    ? Effect.logWarning(`postgres: ${line}`)
    : Effect.logDebug(`postgres: ${line}`)

const remedy = "Look at its lines in the log (level debug), free what it names, and start again."

const failure = ({ directory }: Options, problem: string) =>
  new EmbeddedServerFailed({ directory, problem, remedy: remedyFor(problem, remedy) })

/** What the server itself said about its end, or at least how it ended. */
const lastWords = (child: PostgresProcess, how: string): string => lastWordsOf(child.lines) ?? `it ended with ${how}`

const launch = Effect.fnUntraced(function*(options: Options) {
  const run = Effect.runForkWith(yield* Effect.context<never>())
  return yield* spawn({
    program: options.binaries.postgres,
    arguments: argumentsOf(options),
    directory: options.directory,
    account: options.account,
    onLine: (line) => run(tell(line))
  }).pipe(Effect.mapError((problem) => failure(options, problem)))
})

/** A number of a process that is gone may belong to somebody else by now. */
const stop = (child: PostgresProcess, patience: Duration.Duration): Effect.Effect<void> =>
  Effect.suspend(() => Deferred.isDoneUnsafe(child.ended) ? Effect.void : stopProcess(child.pid, patience))

const answered = (options: Options) =>
  options.probe.pipe(
    Effect.repeat({ until: (there) => there, schedule: Schedule.spaced("10 millis") }),
    Effect.timeoutOrElse({
      duration: options.startTimeout,
      orElse: () => Effect.fail(failure(options, `it did not answer within ${Duration.format(options.startTimeout)}`))
    })
  )

const died = (options: Options, child: PostgresProcess) =>
  Effect.flatMap(Deferred.await(child.ended), (how) => Effect.fail(failure(options, lastWords(child, how))))

/** Starts once and waits until it answers; a server that ends before is told at once, and none is left behind. */
const startOnce = (options: Options): Effect.Effect<PostgresProcess, EmbeddedServerFailed> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(launch(options), (child) =>
      restore(Effect.raceFirst(answered(options), died(options, child))).pipe(
        Effect.onError(() => stop(child, options.stopTimeout)),
        Effect.as(child)
      ))
  )

/** Sessions of a server that was killed need a moment to notice; until then the new one refuses to start. */
const leftoversRemain = (error: EmbeddedServerFailed): boolean => error.problem.includes("still in use")

const start = (options: Options): Effect.Effect<PostgresProcess, EmbeddedServerFailed> =>
  stopOrphan(options.directory, options.stopTimeout).pipe(
    Effect.andThen(startOnce(options)),
    Effect.retry({ schedule: Schedule.spaced("50 millis"), while: leftoversRemain, times: 200 })
  )

/** A server that ran this long before it died had not been broken all along. */
const healthyAfter = Duration.toMillis("10 minutes")

const needsRoom = ({ problem }: EmbeddedServerFailed): boolean => lacksRoom(problem)

const restart = (options: Options): Effect.Effect<PostgresProcess, EmbeddedServerFailed> =>
  Effect.retry(start(options), {
    schedule: Schedule.exponential("100 millis"),
    times: options.maxRestarts,
    while: (error) => !needsRoom(error)
  })

/** A full disk is looked at so often. */
const roomInterval = Duration.seconds(1)

/** Two segments of the log: with less it would only end again. */
const roomToStart = 32 * 1024 * 1024

const room = (options: Options): Effect.Effect<number> =>
  Effect.repeat(Effect.sync(() => freeSpace(options.directory)), {
    until: (free) => free >= roomToStart,
    schedule: Schedule.spaced(roomInterval)
  })

const startWithRoom = (options: Options): Effect.Effect<PostgresProcess, EmbeddedServerFailed> =>
  Effect.retry(Effect.flatMap(room(options), () => restart(options)), {
    schedule: Schedule.spaced(roomInterval),
    while: needsRoom
  })

/** Nothing is lost while the disk is full, and nobody but an operator ends that: so this waits as long as it takes. */
const restartWhenPossible = (options: Options): Effect.Effect<PostgresProcess, EmbeddedServerFailed> =>
  Effect.catchIf(
    restart(options),
    needsRoom,
    (error) => Effect.andThen(Effect.logError(`${error.message} It starts by itself then.`), startWithRoom(options))
  )

/** Waits for the end of a server and starts the next one, as long as that makes sense. */
const guard = Effect.fnUntraced(function*(options: Options, current: { child: PostgresProcess }) {
  for (let restarts = 0; restarts < options.maxRestarts;) {
    const [lived, how] = yield* Effect.timed(Deferred.await(current.child.ended))
    const words = lastWords(current.child, how)
    restarts = Duration.toMillis(lived) > healthyAfter || lacksRoom(words) ? 1 : restarts + 1
    yield* Effect.logError(`the embedded PostgreSQL died (${words}); start ${restarts} of ${options.maxRestarts}`)
    if (lacksRoom(words)) yield* Effect.sleep(roomInterval)
    current.child = yield* restartWhenPossible(options)
    yield* Effect.logInfo("the embedded PostgreSQL is back")
  }
  const how = yield* Deferred.await(current.child.ended)
  yield* Effect.logError(`the embedded PostgreSQL died again (${how}) and stays down. Restart the app.`)
}, Effect.catch((error) => Effect.logError(error.message)))

/**
 * Runs the server until the scope closes. It is started again when it dies, at most `maxRestarts` times in a row, each
 * time told in the log; committed rows survive by PostgreSQL's own recovery.
 */
export const make = Effect.fnUntraced(function*(options: Options) {
  const started = Effect.map(start(options), (child) => ({ child }))
  const current = yield* Effect.acquireRelease(started, ({ child }) => stop(child, options.stopTimeout), {
    interruptible: true
  })
  const guardian = yield* Effect.forkDetach(guard(options, current))
  yield* Effect.addFinalizer(() => Fiber.interrupt(guardian))
})
