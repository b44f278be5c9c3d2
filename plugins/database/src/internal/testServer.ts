/**
 * One embedded server for a whole test run. Tests ask for it through a socket file of the runner, which starts it when
 * the first one asks, so that a run without database tests pays nothing.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import * as Net from "node:net"
import * as Os from "node:os"
import * as Path from "node:path"
import * as Process from "node:process"
import { DatabaseConfig } from "../config.ts"
import type { EmbeddedServerFailed } from "../errors.ts"
import { freeSpace } from "./diskSpace.ts"
import * as EmbeddedPostgres from "./EmbeddedPostgres.ts"
import { stopOrphan } from "./PostgresOrphan.ts"
import { isRunning } from "./PostgresProcess.ts"

/** How to reach the server, as it goes over the socket. */
const Coordinates = Schema.Struct({
  host: Schema.String,
  port: Schema.Int,
  user: Schema.String,
  password: Schema.String
})

const Reply = Schema.fromJsonString(Coordinates)

const decodeConfig = Schema.decodeUnknownSync(Schema.Struct({ database: DatabaseConfig }))

export const configOf = (section: unknown): DatabaseConfig => decodeConfig({ database: section }).database

const prefix = "heptad-test-postgres-"

const named = new RegExp(`^${prefix}(\\d+)-`)

const memory = "/dev/shm"

/** A hundred databases and the log of the server. */
const enough = 2 * 1024 ** 3

/** A new database is some 300 files: in memory they cost 20 ms, on a busy disk ten times that. */
const base = (): string => Fs.existsSync(memory) && freeSpace(memory) >= enough ? memory : Os.tmpdir()

const places = (): ReadonlyArray<string> => [Os.tmpdir(), memory].filter((place) => Fs.existsSync(place))

/** What a run that was killed left behind; its folder names the process. */
const sweep = Effect.gen(function*() {
  const { embedded } = configOf({})
  const left = places().flatMap((place) => Fs.readdirSync(place).map((name) => Path.join(place, name)))
  for (const path of left) {
    const owner = named.exec(Path.basename(path))?.[1]
    if (owner === undefined || isRunning(Number(owner))) continue
    yield* stopOrphan(Path.join(path, "postgres"), embedded.stop_timeout)
    Fs.rmSync(path, { recursive: true, force: true })
  }
})

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(base(), `${prefix}${Process.pid}-`))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
)

const settings = { connection_pool: { max_size: 200 }, embedded: { durable: false } }

const startServer = Effect.fnUntraced(function*(directory: string) {
  const password = Redacted.make(Crypto.randomBytes(16).toString("hex"))
  const { host, port, user } = yield* EmbeddedPostgres.start(
    Path.join(directory, "postgres"),
    configOf(settings),
    password
  )
  return { host, port, user, password: Redacted.value(password) }
})

/** Runs the server until the scope closes, then stops it and removes its folder. Commits do not reach the disk. */
export const serve: Effect.Effect<string, EmbeddedServerFailed, Scope.Scope> = Effect.gen(function*() {
  yield* sweep
  const coordinates = yield* startServer(yield* temporaryFolder)
  return yield* Effect.orDie(Schema.encodeEffect(Reply)(coordinates))
})

const askOnce = (path: string) =>
  Effect.callback<string, string>((resume) => {
    let text = ""
    const socket = Net.connect(path)
    socket.setEncoding("utf8")
    socket.on("data", (chunk: string) => void (text += chunk))
    socket.on("error", (cause) => resume(Effect.fail(cause.message)))
    socket.on("end", () => resume(Effect.succeed(text)))
    return Effect.sync(() => socket.destroy())
  })

/** Asks for the server of this run; the first one waits until it is up. */
export const ask = Effect.fnUntraced(function*(path: string) {
  const reply = yield* askOnce(path)
  if (reply === "") {
    return yield* Effect.die("the database server of this test run did not start; its words stand above")
  }
  return yield* Schema.decodeEffect(Reply)(reply)
}, Effect.orDie)
