/** `http`: requests per second, CPU per request and latency of small answers: bare, and with production features on both sides. */
import * as Effect from "effect/Effect"
import type { Benchmark, Options } from "../benchmark.ts"
import { choose } from "../choice.ts"
import { type Comparison, comparisonsOf, sides, works } from "../comparisons.ts"
import { atLeast, atMost, type Goal, speedOf } from "../goals.ts"
import { loadInTurn } from "../loads.ts"
import { medianOfRatios, type Row, rowOf } from "../report.ts"
import type { Server } from "../server.ts"
import * as servers from "../servers.ts"
import { median } from "../statistics.ts"
import type { Work } from "../works.ts"

/** Who takes part. */
interface Part {
  readonly all: ReadonlyArray<Server>
  readonly works: ReadonlyArray<Work>
  readonly comparisons: ReadonlyArray<Comparison>
}

const own: ReadonlyArray<Server> = [servers.ours, servers.oursBare, servers.oursFeatures]

const partOf = ({ before, only, works: named }: Options): Part => {
  const taking = choose<Server>(sides, only)
  const earlier = new Map(
    before === undefined
      ? []
      : own.filter((one) => taking.includes(one)).map((one) => [one, servers.before(before, one)])
  )
  return {
    all: [...taking, ...earlier.values()],
    works: choose(works, named),
    comparisons: comparisonsOf(taking, earlier)
  }
}

type Loads = Effect.Success<ReturnType<typeof loadInTurn>>

interface Finding {
  readonly row: Row
  readonly goals: ReadonlyArray<Goal>
}

const latencyGoal = (row: Row) => atMost(`${row.work}: p99 over ${row.peer}`, row.p99_ratio, 1)

const findingOf = ({ goals, label, latency, peer, side }: Comparison, work: Work, { series }: Loads): Finding => {
  const least = goals?.get(work) ?? null
  const row = {
    ...rowOf(`${work.name}, ${label}`, peer.name, series(work, side), series(work, peer), medianOfRatios),
    goal: least
  }
  return {
    row,
    goals: [
      ...(least === null ? [] : [atLeast(`${row.work}: speed over ${row.peer}`, speedOf(row), least)]),
      ...(latency === true ? [latencyGoal(row)] : [])
    ]
  }
}

/** Both sides get the same number of requests per second: half of what the slower one answers at most. */
const halfLoad = Effect.fnUntraced(
  function*({ label, peer, side }: Comparison, work: Work, loads: Loads, options: Options) {
    const most = (server: Server) => median(loads.series(work, server).rate)
    const perSecond = Math.round(Math.min(most(side), most(peer)) / 2)
    const { figures, series } = yield* loads.atRate(work, [side, peer], perSecond, options)
    const row = rowOf(`${work.name}, ${label}, half load`, peer.name, series(side), series(peer), medianOfRatios)
    // The speed was given.
    return { row: { ...row, ratio: null, ratio_best: null }, goals: [latencyGoal(row)], figures }
  }
)

const notMeasured = [
  "latency below saturation but for the rows of half load: elsewhere 64 connections always have one request under way (closed loop)",
  "TLS, HTTP/2, pipelining, connection set-up, large bodies, slow clients, other machines in between",
  "requests of more than one client address: the rate limits hold one key",
  "the default settings with logs on a real disk: standard output is /dev/null; the sides with features write to a real file",
  "CPU of threads that ended and of child processes"
]

const run = Effect.fnUntraced(function*(options: Options) {
  const part = partOf(options)
  const loads = yield* loadInTurn(part.all, part.works, options)
  const pairs = part.comparisons.flatMap((one) => part.works.map((work) => [one, work] as const))
  const found = pairs.map(([one, work]) => findingOf(one, work, loads))
  const half = yield* Effect.forEach(
    pairs.filter(([{ latency }]) => latency === true),
    ([one, work]) => halfLoad(one, work, loads, options)
  )
  yield* loads.checkAfter
  const findings = [...found, ...half]
  return {
    rows: findings.map(({ row }) => row),
    goals: findings.flatMap(({ goals }) => goals),
    figures: [...loads.figures, ...half.flatMap(({ figures }) => figures)],
    notMeasured,
    remarks: loads.remarks
  }
})

export const http: Benchmark = {
  description:
    "Small answers, bare and with production features: requests per second, CPU per request and latency beside peers",
  defaults: { rounds: 5, seconds: 2 },
  choices: { sides: Object.keys(sides), works: Object.keys(works), before: true },
  run
}
