/** One measurement: a load process on one server for a few one-second slices. */
import * as Effect from "effect/Effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Schema from "effect/Schema"
import { pin } from "./cores.ts"
import { LoadFailed } from "./errors.ts"
import type { Job } from "./load.ts"
import * as paths from "./paths.ts"
import type { Running } from "./server.ts"
import { median } from "./statistics.ts"
import { requestOf, type Work } from "./works.ts"

const Slice = Schema.Struct({ perSecond: Schema.Finite, cpuMicros: Schema.NullOr(Schema.Finite) })

/** What load.ts prints. */
const Measured = Schema.Struct({
  slices: Schema.NonEmptyArray(Slice),
  p50: Schema.Finite,
  p95: Schema.Finite,
  p99: Schema.Finite,
  busy: Schema.Finite,
  ownMicros: Schema.Finite
})
const Printed = Schema.fromJsonString(Schema.Union([Measured, Schema.Struct({ problem: Schema.String })]))

/** One server, one work, one round. */
export interface Sample {
  /** Requests per second: the median of the slices. */
  readonly rate: number
  /** The best slice. */
  readonly best: number
  /** Server CPU per request in microseconds, the cheapest fifth of a slice; null where the system does not tell. */
  readonly cpu: number | null
  /** Milliseconds as the client sees them. */
  readonly p50: number
  readonly p95: number
  readonly p99: number
  /** Share of the time in which the load generator had something to do, 0 to 1. */
  readonly busy: number
  /** The load generator's own CPU per request, in microseconds. */
  readonly ownMicros: number
}

const warmUpMillis = 1000
const sliceMillis = 1000

/** How one server is loaded. */
export interface Load {
  readonly seconds: number
  /** The core of the load generator. */
  readonly core: number | undefined
  /** Default: 64. */
  readonly connections?: number
  /** Requests per second, whatever the answers do. Default: as many as get answered (closed loop). */
  readonly perSecond?: number
}

/** Pure. */
export const summarize = ({ busy, ownMicros, p50, p95, p99, slices }: typeof Measured.Type): Sample => {
  const rates = slices.map((slice) => slice.perSecond)
  const costs = slices.flatMap((slice) => slice.cpuMicros === null ? [] : [slice.cpuMicros])
  const cpu = costs.length === 0 ? null : Math.min(...costs)
  return { rate: median(rates), best: Math.max(...rates), cpu, p50, p95, p99, busy, ownMicros }
}

const failed = (running: Running, work: Work, problem: string) =>
  new LoadFailed({ server: running.name, work: work.name, problem })

const jobOf = ({ pids, port }: Running, work: Work, { connections = 64, perSecond, seconds }: Load): Job => ({
  port,
  pids,
  request: requestOf(work),
  connections,
  ...(perSecond === undefined ? {} : { perSecond }),
  warmUpMillis,
  slices: seconds,
  sliceMillis
})

export const measure = Effect.fnUntraced(function*(running: Running, work: Work, load: Load) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const job = jobOf(running, work, load)
  const [program, ...args] = pin(load.core, [process.execPath, paths.load, JSON.stringify(job)])
  const printed = yield* spawner.string(ChildProcess.make(program, args, { stdin: "ignore" })).pipe(
    Effect.flatMap(Schema.decodeEffect(Printed)),
    Effect.mapError((error) => failed(running, work, error.message))
  )
  return "problem" in printed ? yield* failed(running, work, printed.problem) : summarize(printed)
})
