/** One measurement: a load process on one server for a few one-second slices. */
import * as Effect from "effect/Effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Schema from "effect/Schema"
import { type Cores, pin } from "./cores.ts"
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
  busy: Schema.Finite
})
const Printed = Schema.fromJsonString(Schema.Union([Measured, Schema.Struct({ problem: Schema.String })]))

/** One server, one work, one round. */
export interface Sample {
  /** Requests per second: the median of the slices. */
  readonly rate: number
  /** The best slice. */
  readonly best: number
  /** Server CPU per request in microseconds, the cheapest slice; null where the system does not tell. */
  readonly cpu: number | null
  /** Milliseconds as the client sees them. */
  readonly p50: number
  readonly p95: number
  readonly p99: number
  /** Share of the time in which the load generator had something to do, 0 to 1. */
  readonly busy: number
}

const connections = 64
const warmUpMillis = 1000
const sliceMillis = 1000

/** Pure. */
export const summarize = ({ busy, p50, p95, p99, slices }: typeof Measured.Type): Sample => {
  const rates = slices.map((slice) => slice.perSecond)
  const costs = slices.flatMap((slice) => slice.cpuMicros === null ? [] : [slice.cpuMicros])
  const cpu = costs.length === 0 ? null : Math.min(...costs)
  return { rate: median(rates), best: Math.max(...rates), cpu, p50, p95, p99, busy }
}

const failed = (running: Running, work: Work, problem: string) =>
  new LoadFailed({ server: running.name, work: work.name, problem })

export const measure = Effect.fnUntraced(function*(running: Running, work: Work, cores: Cores, seconds: number) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const { pid, port } = running
  const job: Job = { port, pid, request: requestOf(work), connections, warmUpMillis, slices: seconds, sliceMillis }
  const [program, ...args] = pin(cores.load, [process.execPath, paths.load, JSON.stringify(job)])
  const printed = yield* spawner.string(ChildProcess.make(program, args, { stdin: "ignore" })).pipe(
    Effect.flatMap(Schema.decodeEffect(Printed)),
    Effect.mapError((error) => failed(running, work, error.message))
  )
  return "problem" in printed ? yield* failed(running, work, printed.problem) : summarize(printed)
})
