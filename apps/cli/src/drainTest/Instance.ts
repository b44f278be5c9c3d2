/** One of the two instances: the same command with the user's flags, its own ports and data, started as often as needed. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { existsSync, openSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { again, type Child, type Ended } from "./Child.ts"
import { overrides, type Ports, type Wanted } from "./instanceSettings.ts"
import * as Phases from "./phases.ts"

export interface Plan extends Pick<Wanted, "lameDuck" | "queueFull"> {
  /** Absent where the settings name the plugins. */
  readonly app: string | undefined
  /** `--config` and `--set` of the user, as they were written. */
  readonly flags: ReadonlyArray<string>
  readonly environment: NodeJS.ProcessEnv
  readonly folder: string
  /** How long a stop may take before it is no stop any more. */
  readonly patience: Duration.Duration
}

const read = (file: string): string => existsSync(file) ? readFileSync(file, "utf8") : ""

/** A process and its two files: what it logs, and what it prints. */
interface Run {
  readonly child: Child
  readonly log: string
  readonly output: string
}

const isTold = (line: string): boolean => /"level":"(WARN|ERROR|FATAL|CRITICAL)/.test(line)

/** What a person needs of a log: the last warnings and errors, and the end of what was printed. */
const tail = ({ log, output }: Run): ReadonlyArray<string> => [
  ...read(log).split("\n").filter(isTold).slice(-20),
  ...read(output).trimEnd().split("\n").slice(-20)
]

export const make = Effect.fnUntraced(function*(name: string, ports: Ports, plan: Plan) {
  const runs: Array<Run> = []
  const grace = Duration.toMillis(plan.patience)

  const file = (kind: string) => join(plan.folder, `${name}-${runs.length + 1}.${kind}`)

  const start = Effect.sync(() => {
    const [log, output] = [file("log"), file("out")]
    const wanted = { ...plan, ports, log, dataDirectory: join(plan.folder, name) }
    const sets = overrides(wanted).flatMap((setting) => ["--set", setting])
    const fd = openSync(output, "a", 0o600)
    const child = again(["start", ...(plan.app === undefined ? [] : [plan.app]), ...plan.flags, ...sets], {
      stdio: ["ignore", fd, fd],
      // A Ctrl-C of the terminal is for the test, which stops its instances itself.
      detached: true,
      env: plan.environment
    })
    runs.push({ child, log, output })
  })

  const current = Effect.sync(() => runs.at(-1))

  /** Why it is no longer there, or undefined while it runs. */
  const ended = Effect.map(current, (run) => {
    const code = run?.child.process.exitCode ?? run?.child.process.signalCode
    return run === undefined || code === null ? undefined : { code, lines: tail(run) }
  })

  /** SIGTERM, and the whole stop of it. */
  const drain = Effect.gen(function*() {
    const run = yield* current
    const signalAt = yield* Clock.currentTimeMillis
    const end: Ended = run === undefined
      ? { code: "not running", at: signalAt }
      : yield* Effect.promise(() => run.child.stop(grace))
    return { signalAt, end, stop: Phases.parse(run === undefined ? "" : read(run.log)) }
  })

  yield* Effect.addFinalizer(() =>
    Effect.promise(async () => {
      await runs.at(-1)?.child.stop(grace)
    })
  )

  return {
    name,
    url: `http://127.0.0.1:${ports.http}`,
    upstream: {
      name,
      host: "127.0.0.1",
      port: ports.http,
      // Whatever monitoring.health.endpoint says, this path is served.
      readiness: `http://127.0.0.1:${ports.health}/readyz`
    },
    start,
    ended,
    drain,
    tail: Effect.sync(() => runs.flatMap(tail))
  } as const
})

export type Instance = Effect.Success<ReturnType<typeof make>>
