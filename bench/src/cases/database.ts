/** `database`: statements, transactions and batches of 64 fibers on one PostgreSQL, beside other clients and beside the bare driver. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Schema from "effect/Schema"
import type { Benchmark, Extent, Options } from "../benchmark.ts"
import { choose } from "../choice.ts"
import { type Coordinates, depth, type Job, sizes, variable, type Work, works } from "../database/agreed.ts"
import { server } from "../database/server.ts"
import { LoadFailed } from "../errors.ts"
import { atLeast, atMost, type Goal, speedOf } from "../goals.ts"
import * as paths from "../paths.ts"
import { cheapest, medianOfRatios, type Row, rowOf, type Series } from "../report.ts"
import { median, rotate } from "../statistics.ts"
import type { TableRow } from "../table.ts"

interface Side {
  readonly name: string
  readonly file: string
  readonly multiplex: boolean
}

const side = (name: string, file: string, multiplex = false): Side => ({ name, file: `database/${file}`, multiplex })

const sides = {
  pg: side("pg, named statements", "pg"),
  "postgres-js": side("postgres.js", "postgresJs"),
  drizzle: side("drizzle on pg", "drizzle"),
  driver: side("@effect/sql-pg PgPool.use", "driver"),
  "driver-multiplex": side("@effect/sql-pg PgPool.use, multiplex", "driver", true),
  ours: side("heptad", "heptad"),
  "ours-multiplex": side("heptad, multiplex", "heptad", true)
}
type SideName = keyof typeof sides

interface Comparison {
  readonly side: Side
  readonly peer: Side
  readonly label: string
  /** Least speed over the peer, and no worse 99th percentile, for `select`. */
  readonly select?: number
  /** Least speed over the peer, for `select`: what the facade may cost. */
  readonly facade?: number
}

const byDefault = (peer: SideName, more: Partial<Comparison> = {}): Comparison => ({
  side: sides.ours,
  peer: sides[peer],
  label: "defaults",
  ...more
})
const shared = (peer: SideName, more: Partial<Comparison> = {}): Comparison => ({
  side: sides["ours-multiplex"],
  peer: sides[peer],
  label: "multiplex",
  ...more
})

/** At most a tenth dearer than the driver. */
const facade = 0.9

const comparisons: ReadonlyArray<Comparison> = [
  shared("pg", { select: 3 }),
  shared("postgres-js", { select: 2.5 }),
  shared("drizzle"),
  shared("driver-multiplex", { facade }),
  byDefault("pg"),
  byDefault("postgres-js"),
  byDefault("drizzle"),
  byDefault("driver", { facade })
]

const Slice = Schema.Struct({ perSecond: Schema.Finite, cpuMicros: Schema.NullOr(Schema.Finite) })
const Measured = Schema.Struct({
  slices: Schema.NonEmptyArray(Slice),
  p50: Schema.Finite,
  p95: Schema.Finite,
  p99: Schema.Finite
})
type Measured = typeof Measured.Type
const Printed = Schema.fromJsonString(Schema.Union([Measured, Schema.Struct({ problem: Schema.String })]))

/** The code of every side is compiled by then, those that load more modules included. */
const warmUpMillis = 2000

/** One side does one work, in a process of its own. */
const measure = Effect.fnUntraced(function*(one: Side, work: Work, seconds: number, coordinates: Coordinates) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const job: Job = { work, warmUpMillis, slices: seconds, sliceMillis: 1000 }
  const args = [
    "--conditions=source",
    paths.peer(one.file),
    JSON.stringify(job),
    ...(one.multiplex ? ["multiplex"] : [])
  ]
  const command = ChildProcess.make(process.execPath, args, {
    stdin: "ignore",
    env: { [variable]: JSON.stringify(coordinates) },
    extendEnv: true
  })
  const failed = (problem: string) => new LoadFailed({ server: one.name, work: works[work], problem })
  const printed = yield* spawner.string(command).pipe(
    Effect.map((text) => text.trim().split("\n").at(-1) ?? ""),
    Effect.flatMap(Schema.decodeEffect(Printed)),
    Effect.mapError((error) => failed(error.message))
  )
  return "problem" in printed ? yield* failed(printed.problem) : printed
})

/** By side and work, in the order of the rounds. */
type Samples = Map<Side, Map<Work, Array<Measured>>>

const samplesOf = (samples: Samples, one: Side, work: Work): ReadonlyArray<Measured> =>
  samples.get(one)?.get(work) ?? []

const ratesOf = ({ slices }: Measured): ReadonlyArray<number> => slices.map(({ perSecond }) => perSecond)

const costOf = ({ slices }: Measured): number | null => cheapest(slices.map(({ cpuMicros }) => cpuMicros))

const seriesOf = (samples: ReadonlyArray<Measured>): Series => ({
  rate: samples.map((one) => median(ratesOf(one))),
  best: samples.map((one) => Math.max(...ratesOf(one))),
  cpu: samples.map(costOf),
  p99: samples.map(({ p99 }) => p99)
})

const digits = (value: number, count: number): number => Number(value.toFixed(count))

const figureOf = (one: Side, work: Work, samples: ReadonlyArray<Measured>): TableRow => {
  const { best, cpu, rate } = seriesOf(samples)
  return {
    work: works[work],
    side: one.name,
    "operations/s": digits(median(rate), 0),
    "best 1 s": digits(Math.max(...best), 0),
    "client CPU us/operation": digits(cheapest(cpu) ?? NaN, 1),
    "p50 ms": digits(median(samples.map(({ p50 }) => p50)), 2),
    "p95 ms": digits(median(samples.map(({ p95 }) => p95)), 2),
    "p99 ms": digits(median(samples.map(({ p99 }) => p99)), 2)
  }
}

const measureInTurn = Effect.fnUntraced(
  function*(taking: ReadonlyArray<Side>, doing: ReadonlyArray<Work>, { rounds, seconds }: Extent) {
    const coordinates = yield* server
    const samples: Samples = new Map(taking.map((one) => [one, new Map(doing.map((work) => [work, []]))]))
    for (let index = 0; index < rounds; index++) {
      for (const work of doing) {
        yield* Console.error(`bench: round ${index + 1} of ${rounds}, ${works[work]}`)
        for (const one of rotate(taking, index)) {
          samples.get(one)?.get(work)?.push(yield* measure(one, work, seconds, coordinates))
        }
      }
    }
    return samples
  }
)

const goalsOf = ({ facade, select }: Comparison, row: Row, work: Work): ReadonlyArray<Goal> =>
  work !== "select" ? [] : [
    ...(select === undefined ? [] : [
      atLeast(`${row.work}: speed over ${row.peer}`, speedOf(row), select),
      atMost(`${row.work}: p99 over ${row.peer}`, row.p99_ratio, 1)
    ]),
    ...(facade === undefined ? [] : [atLeast(`${row.work}: speed over ${row.peer}`, speedOf(row), facade)])
  ]

/** Rows per second in batches over rows per second one by one. */
const batchGoals = (samples: Samples, one: Side): ReadonlyArray<Goal> => {
  const rate = (work: Work) => median(seriesOf(samplesOf(samples, one, work)).rate)
  const gain = rate("batch") * sizes.rowsOfBatch / rate("insert")
  return Number.isFinite(gain) ? [atLeast(`${one.name}: rows in batches over rows one by one`, gain, 5)] : []
}

const notMeasured = [
  "other machines: client and server share the cores of this one, over a unix socket; a network would favour who pipelines",
  "the disk: commits do not reach it, on no side",
  "rows that are wide or many: a select answers one row of three columns",
  "opening sessions: they are open after the warm-up"
]

const run = Effect.fnUntraced(function*(options: Options) {
  const taking = choose<Side>(sides, options.only)
  const doing = choose<Work>(
    { select: "select", insert: "insert", transaction: "transaction", batch: "batch" },
    options.works
  )
  const samples = yield* measureInTurn(taking, doing, options)
  const found = comparisons.filter(({ peer, side }) => taking.includes(peer) && taking.includes(side)).flatMap((pair) =>
    doing.map((work) => {
      const series = (one: Side) => seriesOf(samplesOf(samples, one, work))
      const name = `${works[work]}, ${pair.label}`
      const row = rowOf(name, pair.peer.name, series(pair.side), series(pair.peer), medianOfRatios)
      return { row, goals: goalsOf(pair, row, work) }
    })
  )
  return {
    rows: found.map(({ row }) => row),
    goals: [
      ...found.flatMap(({ goals }) => goals),
      ...taking.filter((one) => one === sides.ours).flatMap((one) => batchGoals(samples, one))
    ],
    figures: doing.flatMap((work) => taking.map((one) => figureOf(one, work, samplesOf(samples, one, work)))),
    notMeasured,
    remarks: [
      `per side, work and round a new process, ${
        warmUpMillis / 1000
      } s of warm-up and ${options.seconds} x 1 s measured`,
      `${sizes.lanes} operations under way, at most ${sizes.sessions} sessions, 100,000 accounts, PostgreSQL 18 (embedded)`,
      `multiplex, on both sides: ${sizes.lanes / depth} sessions with up to ${depth} statements each`,
      "every select was compared with what was asked for; after each measurement the rows that it must have left were counted"
    ]
  }
})

export const database: Benchmark = {
  description: "Statements, transactions and batches on PostgreSQL beside other clients and the bare driver",
  defaults: { rounds: 3, seconds: 2 },
  choices: { sides: Object.keys(sides), works: Object.keys(works) },
  run
}
