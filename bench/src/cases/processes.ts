/** `processes`: two processes of ours on two cores and one port (SO_REUSEPORT) over one process on one core. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { ask } from "../ask.ts"
import type { Benchmark, Options } from "../benchmark.ts"
import { choose } from "../choice.ts"
import { works } from "../comparisons.ts"
import { type Cores, cores } from "../cores.ts"
import { ServerNotReady } from "../errors.ts"
import { sumOf } from "../exposition.ts"
import { folderOf } from "../folder.ts"
import { atLeast, type Goal } from "../goals.ts"
import { figureOf, seriesOf } from "../loads.ts"
import { measure, type Sample } from "../measure.ts"
import * as paths from "../paths.ts"
import { cheapest, medianOfRatios, type Row, rowOf } from "../report.ts"
import { checkSameWork } from "../sameWork.ts"
import { type Running, start } from "../server.ts"
import { oursShared } from "../servers.ts"
import { median, rotate } from "../statistics.ts"
import type { Work } from "../works.ts"

const least = 1.6

/** One process, or two on one port, loaded as one server. */
interface Side {
  readonly running: Running
  /** The core of the load generator. */
  readonly load: number | undefined
}

const startOne = Effect.fnUntraced(function*(core: number | undefined, port?: number) {
  const folder = yield* folderOf(oursShared.name)
  const place = port === undefined ? {} : { port }
  return yield* start(oursShared, { folder, core, before: ["--import", paths.lifeline], ...place })
})

const answeredBy = ({ metricsPort }: Running) =>
  Effect.map(ask(metricsPort, "GET", "/metrics"), ({ body }) => sumOf(body, "http_requests_total") ?? 0)

/** The first process answers at the port already, so only the second itself can tell that it takes part. */
const takesPart = (second: Running) =>
  ask(second.port, "GET", "/").pipe(
    Effect.andThen(answeredBy(second)),
    Effect.filterOrFail((answered) => answered > 0, () =>
      "it answered no request although the port was asked 1000 times"),
    Effect.retry({ schedule: Schedule.spaced("20 millis"), times: 1000 }),
    Effect.mapError((problem) =>
      new ServerNotReady({ server: `second ${second.name}`, path: "/", problem })
    )
  )

/** The core of the first process serves both sides, in turn; a third core, where there is one, makes the load of both. */
const startSides = Effect.fnUntraced(function*({ load, usable: [first, second, third] }: Cores) {
  const alone = yield* startOne(first)
  const leader = yield* startOne(first)
  const partner = yield* startOne(second, leader.port)
  yield* takesPart(partner)
  const one: Side = { running: { ...alone, name: "one process" }, load: third ?? load }
  const two: Side = {
    running: { ...leader, name: "two processes", pids: [...leader.pids, ...partner.pids] },
    load: third
  }
  return { one, two, leader, partner, ownCore: third !== undefined }
})

/** Server and load CPU per request, in microseconds. */
interface Costs {
  readonly server: number | null
  readonly load: number
}

const costsOf = (samples: ReadonlyArray<Sample>): Costs => ({
  server: cheapest(samples.map(({ cpu }) => cpu)),
  load: Math.min(...samples.map(({ ownMicros }) => ownMicros))
})

/** Two cores that also make the load give `2 / (server + load)` requests; one core without it gives `1 / server`. */
const ceilingOf = (work: Work, { load, server }: Costs): ReadonlyArray<string> =>
  server === null ? [] : [
    `${work.name}: the load costs ${load.toFixed(1)} us per request beside ${
      server.toFixed(1)
    } us of the server; where both share ` +
    `two cores, two processes can reach ${(2 * server / (server + load)).toFixed(2)} times one`
  ]

interface Finding {
  readonly row: Row
  readonly goals: ReadonlyArray<Goal>
}

const findingOf = (work: Work, one: ReadonlyArray<Sample>, two: ReadonlyArray<Sample>): Finding => {
  const row = rowOf(`${work.name}, two processes`, "one process", seriesOf(two), seriesOf(one), medianOfRatios)
  const perCore = row.ratio_cpu === null ? null : 2 * row.ratio_cpu
  return {
    row: { ...row, goal: least },
    goals: [
      atLeast(`${work.name}: two processes over one`, row.ratio, least),
      atLeast(`${work.name}: the same by CPU per request, as if the load had a core of its own`, perCore, least)
    ]
  }
}

const notMeasured = [
  "network.listen.processes and its balancing: the second process is started by the benchmark, and the kernel spreads connections",
  "more than two processes, restarts, and peers",
  "an even spread: the kernel hashes 64 connections over two processes, so one of them has more to do"
]

const run = Effect.fnUntraced(function*({ rounds, seconds, works: named }: Options) {
  const pins = yield* cores
  const { leader, one, ownCore, partner, two } = yield* startSides(pins)
  const sides = [one, two]
  const samples = new Map<string, ReadonlyArray<Sample>>()
  const of = (work: Work, { running }: Side) => samples.get(`${work.name}\n${running.name}`) ?? []
  const taking = choose<Work>(works, named)
  yield* Effect.forEach(taking, (work) => Effect.forEach(sides, ({ running }) => checkSameWork(running, work)))
  for (let index = 0; index < rounds; index++) {
    yield* Console.error(`bench: round ${index + 1} of ${rounds}`)
    for (const work of taking) {
      for (const side of rotate(sides, index)) {
        const sample = yield* measure(side.running, work, { seconds, core: side.load })
        samples.set(`${work.name}\n${side.running.name}`, [...of(work, side), sample])
      }
    }
  }
  const findings = taking.map((work) => findingOf(work, of(work, one), of(work, two)))
  const [first, second] = yield* Effect.forEach(
    [leader, partner],
    (process) => Effect.orElseSucceed(answeredBy(process), () => NaN)
  )
  return {
    rows: findings.map(({ row }) => row),
    goals: findings.flatMap(({ goals }) => goals),
    figures: taking.flatMap((work) =>
      sides.map((side) => ({
        ...figureOf(work, side.running, of(work, side)),
        "load CPU us/request": Number(median(of(work, side).map(({ ownMicros }) => ownMicros)).toFixed(1))
      }))
    ),
    notMeasured,
    remarks: [
      `per side, work and round 1 s of warm-up and ${seconds} x 1 s measured, 64 keep-alive connections, default settings`,
      `the processes: ${pins.said}`,
      ownCore
        ? "two processes: on the first two cores; the load has a third one for both sides"
        : "two processes: on both cores, and the load shares them; beside one process the load has a core of its own",
      ...taking.flatMap((work) => ceilingOf(work, costsOf(of(work, one)))),
      `of the requests to two processes the second one answered ${
        Math.round(100 * (second ?? NaN) / ((first ?? NaN) + (second ?? NaN)))
      } %`
    ]
  }
})

export const processes: Benchmark = {
  description: "Two processes on two cores over one process on one core",
  defaults: { rounds: 5, seconds: 2 },
  choices: { works: Object.keys(works) },
  run
}
