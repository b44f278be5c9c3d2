/** Starts one measured server as a process and waits for its first 200. It ends with the scope, by its process id. */
import * as Effect from "effect/Effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Schedule from "effect/Schedule"
import * as net from "node:net"
import { performance } from "node:perf_hooks"
import { ask } from "./ask.ts"
import { pin } from "./cores.ts"
import { ServerNotReady } from "./errors.ts"
import type { Features } from "./features.ts"
import * as paths from "./paths.ts"

/** What a server is given: it listens on 127.0.0.1 at the ports and keeps its data and logs, if any, in the folder. */
export interface Place {
  readonly port: number
  readonly folder: string
  /** For the metrics page of those that have a port of its own for it. */
  readonly metricsPort: number
}

/** How a server is started: `node <args>`. */
export interface Server {
  readonly name: string
  readonly args: (place: Place) => ReadonlyArray<string>
  readonly env?: (place: Place) => Readonly<Record<string, string>>
  /** What is asked for the first 200. */
  readonly firstPath: string
  /** Present on a side that has the agreed production features on. */
  readonly features?: Features
}

export interface Running extends Place {
  readonly name: string
  /** The processes that serve the port; the first one is what was started. */
  readonly pids: readonly [number, ...Array<number>]
  /** From just before the process was started to its first 200. */
  readonly startMillis: number
}

export interface StartOptions {
  readonly folder: string
  readonly core?: number | undefined
  /** Node arguments before the server's own. */
  readonly before?: ReadonlyArray<string>
  /** One that another process serves already; else a free one. */
  readonly port?: number
}

/** The operating system picks it; it is free again when the server asks for it a moment later. */
const freePort = Effect.callback<number>((resume) => {
  const listener = net.createServer()
  listener.listen(0, "127.0.0.1", () => {
    const address = listener.address()
    listener.close(() => resume(Effect.succeed(typeof address === "object" ? address?.port ?? 0 : 0)))
  })
})

const startDeadline = "60 seconds"

/** Every 2 ms: a refused connection costs a fraction of that, and the start is known to 2 ms. */
const first200 = (port: number, path: string) =>
  Effect.suspend(() => {
    let last = ""
    return ask(port, "GET", path).pipe(
      Effect.filterOrFail((answer) => answer.status === 200, (answer) => `status ${answer.status}`),
      Effect.tapError((problem) => Effect.sync(() => last = problem)),
      Effect.retry(Schedule.spaced("2 millis")),
      Effect.timeoutOrElse({
        duration: startDeadline,
        orElse: () => Effect.fail(`nothing within ${startDeadline}, the last attempt was: ${last}`)
      })
    )
  })

const ended = (handle: ChildProcessSpawner.ChildProcessHandle) =>
  Effect.matchEffect(handle.exitCode, {
    onFailure: (error) => Effect.fail(error.message),
    onSuccess: (code) => Effect.fail(`it ended with exit code ${code}`)
  })

const command = (server: Server, place: Place, { before = [], core }: StartOptions) => {
  const [program, ...args] = pin(core, [process.execPath, ...before, ...server.args(place)])
  return ChildProcess.make(program, args, {
    cwd: paths.repository,
    env: { ...server.env?.(place), NODE_ENV: "production" },
    extendEnv: true,
    stdin: "pipe",
    stdout: "ignore",
    stderr: "inherit",
    forceKillAfter: "20 seconds"
  })
}

export const start = Effect.fnUntraced(function*(server: Server, options: StartOptions) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const port = options.port ?? (yield* freePort)
  const place: Place = { port, folder: options.folder, metricsPort: yield* freePort }
  const before = performance.now()
  const handle = yield* spawner.spawn(command(server, place, options))
  yield* Effect.raceFirst(first200(port, server.firstPath), ended(handle)).pipe(
    Effect.mapError((problem) => new ServerNotReady({ server: server.name, path: server.firstPath, problem }))
  )
  const startMillis = performance.now() - before
  const running: Running = { ...place, name: server.name, pids: [handle.pid], startMillis }
  return running
})
