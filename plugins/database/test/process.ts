/** Starts the fixture app as a process of its own, as tests of crashes need it. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as ChildProcess from "node:child_process"
import * as Events from "node:events"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import * as Process from "node:process"
import * as Readline from "node:readline"

const program = Path.join(import.meta.dirname, "fixtures", "app.ts")

const Hello = Schema.fromJsonString(Schema.Struct({
  kind: Schema.String,
  host: Schema.String,
  serverVersion: Schema.String,
  visits: Schema.Int,
  startedInMillis: Schema.Int
}))

export interface Options {
  readonly settings: Record<string, unknown>
  /** As whom; ourselves when absent. */
  readonly uid?: number
  /** A command in front of the app's own. */
  readonly within?: ReadonlyArray<string>
  /** Without the right to look at processes of other accounts, as in a usual container. */
  readonly contained?: boolean
}

/** Takes the right from a process of root and from all that it starts. */
const contain = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"]

const spawn = ({ contained = false, settings, uid, within = [] }: Options) => {
  const command = [...within, Process.execPath, "--conditions=source", program, JSON.stringify(settings)]
  const [first = "", ...rest] = contained ? [...contain, ...command] : command
  return ChildProcess.spawn(first, rest, {
    stdio: ["pipe", "pipe", "pipe"],
    ...(uid !== undefined && { uid, gid: uid })
  })
}

type App = ReturnType<typeof spawn>

const ended = (app: App): Effect.Effect<number> =>
  Effect.promise(async () => {
    if (app.exitCode === null && app.signalCode === null) await Events.once(app, "exit")
    return app.exitCode ?? -1
  })

/** The app, killed at the end of the scope if it still lives. */
const launch = (options: Options) =>
  Effect.acquireRelease(
    Effect.sync(() => spawn(options)),
    (app) => Effect.andThen(Effect.sync(() => app.kill("SIGKILL")), ended(app))
  )

const firstLine = (app: App) =>
  Effect.promise(async () => {
    for await (const line of Readline.createInterface({ input: app.stdout })) return line
    return `nothing: ${String(app.stderr.read() ?? "")}`
  })

/** An app that runs; what it said, and two ways to end it. */
export const start = Effect.fnUntraced(function*(options: Options) {
  const app = yield* launch(options)
  const hello = yield* Effect.orDie(Schema.decodeEffect(Hello)(yield* firstLine(app)))
  return {
    hello,
    pid: app.pid ?? 0,
    /** A clean stop; the exit code. */
    stop: Effect.andThen(Effect.sync(() => app.stdin.end()), ended(app)),
    kill: Effect.andThen(Effect.sync(() => app.kill("SIGKILL")), ended(app))
  }
})

/** Starts it as often as said, all in the same moment; of each the number of its process, and its end if it does not run. */
export const startTogether = (options: Options, times: number) =>
  Effect.forEach(
    Array.from({ length: times }),
    () =>
      Effect.gen(function*() {
        const app = yield* launch(options)
        let text = ""
        app.stderr.on("data", (chunk) => void (text += String(chunk)))
        const runs = Effect.as(Effect.flatMap(firstLine(app), Schema.decodeEffect(Hello)), undefined)
        const end = yield* Effect.catch(runs, () => Effect.map(ended(app), (code) => ({ code, text: text.trim() })))
        return { pid: app.pid, end }
      }),
    { concurrency: "unbounded" }
  )

/** An app that is killed as soon as `when` is done, which is before it runs. */
export const killed = (options: Options, when: Effect.Effect<unknown>) =>
  Effect.gen(function*() {
    const app = yield* launch(options)
    yield* when
    app.kill("SIGKILL")
    yield* ended(app)
  })

/** An app that does not start: its exit code and what it said. */
export const refused = Effect.fnUntraced(function*(options: Options) {
  const app = yield* launch(options)
  let text = ""
  app.stderr.on("data", (chunk) => void (text += String(chunk)))
  const code = yield* ended(app)
  return { code, text: text.trim() }
})

/** A folder that goes with the scope. */
export const folder = (mode: number, base: string = Os.tmpdir()) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const path = Fs.mkdtempSync(Path.join(base, "heptad-embedded-"))
      Fs.chmodSync(path, mode)
      return path
    }),
    (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true, force: true }))
  )
