/** `kernel`: what the kernel adds to a start, and what an idle control plane adds to a request. */
import * as Effect from "effect/Effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Schema from "effect/Schema"
import type { Benchmark, Options } from "../benchmark.ts"
import { folderOf } from "../folder.ts"
import { loadInTurn } from "../loads.ts"
import * as paths from "../paths.ts"
import { medianOfRatios, ratioOfMedians, rowOf, type Series } from "../report.ts"
import * as servers from "../servers.ts"
import { figureOf as startFigureOf, seriesOf, startInTurn, type Starts } from "../starts.ts"
import { median } from "../statistics.ts"
import { echo, hello, type Work } from "../works.ts"

const { byHand, ours, oursWithoutControl } = servers

const works = [hello, echo]

/** What an issue allows the kernel to add to a start. */
const allowedMillis = 30

const millisOf = (starts: Starts, server: typeof ours) => (starts.get(server) ?? []).map(({ millis }) => millis)

/** Round by round, so that a slow moment of the machine hits both sides of a difference. */
const added = (starts: Starts): ReadonlyArray<number> => {
  const hand = millisOf(starts, byHand)
  return millisOf(starts, ours).map((value, round) => value - (hand[round] ?? NaN))
}

const said = (starts: Starts): string => {
  const byMedians = median(millisOf(starts, ours)) - median(millisOf(starts, byHand))
  const [middle, best] = [
    median(added(starts)),
    Math.min(...millisOf(starts, ours)) - Math.min(...millisOf(starts, byHand))
  ]
  return `the kernel adds ${
    byMedians.toFixed(1)
  } ms to a start (difference of the medians; median of the differences ` +
    `${middle.toFixed(1)} ms, difference of the fastest ${best.toFixed(1)} ms; allowed: ${allowedMillis} ms)`
}

const notMeasured = [
  "loading the kernel's modules: the plugins import them on both sides",
  "reading settings files: both sides are given their settings as an object",
  "a control plane that is being asked: it is idle here",
  "CPU of threads that ended: the operations thread is counted"
]

const Builds = Schema.fromJsonString(
  Schema.Array(Schema.Struct({ kernel: Schema.Finite, hand: Schema.Finite }))
)

/** More than anybody needs to see a difference of a millisecond; the first pair pays for cold code and is left out. */
const builds = 21

/** Both ways in turn in one warm process: the kernel's own work, without the noise of starting processes. */
const inOneProcess = Effect.gen(function*() {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const folder = yield* folderOf("builds")
  const args = ["--conditions=source", paths.peer("builds"), "0", folder, "0", String(builds)]
  const printed = yield* spawner.string(ChildProcess.make(process.execPath, args, { stdin: "ignore" }))
  const pairs = (yield* Effect.orDie(Schema.decodeEffect(Builds)(printed))).slice(1)
  const [ours, theirs] = [median(pairs.map(({ kernel }) => kernel)), median(pairs.map(({ hand }) => hand))]
  const difference = median(pairs.map(({ hand, kernel }) => kernel - hand))
  return `warm, in one process: ${ours.toFixed(1)} ms by the kernel, ${theirs.toFixed(1)} ms by hand, median of the ` +
    `${pairs.length} differences ${difference.toFixed(1)} ms (allowed: ${allowedMillis} ms)`
})

/** A process keeps the luck of its first seconds (code, heap) for its whole life. */
const processes = 4

/** Starts are short beside loads, so there are more of them. */
const startsPerRound = 3

const run = Effect.fnUntraced(function*({ rounds, seconds }: Options) {
  const warm = yield* inOneProcess
  const starts = yield* startInTurn([byHand, ours], rounds * startsPerRound)
  const loads = yield* Effect.forEach(
    Array.from({ length: processes }),
    () => Effect.scoped(loadInTurn([ours, oursWithoutControl], works, { rounds: Math.ceil(rounds / 2), seconds }))
  )
  const series = (work: Work, server: typeof ours): Series => {
    const all = loads.map((one) => one.series(work, server))
    return {
      rate: all.flatMap(({ rate }) => rate),
      best: all.flatMap(({ best }) => best),
      cpu: all.flatMap(({ cpu }) => cpu),
      p99: all.flatMap(({ p99 }) => p99)
    }
  }
  const start = (server: typeof ours) => seriesOf(starts.get(server) ?? [])
  return {
    rows: [
      rowOf("boot", byHand.name, start(ours), start(byHand), ratioOfMedians),
      ...works.map((work) =>
        rowOf(
          `${work.name}, idle control plane`,
          oursWithoutControl.name,
          series(work, ours),
          series(work, oursWithoutControl),
          medianOfRatios
        )
      )
    ],
    goals: [],
    figures: [
      ...[byHand, ours].map((server) => startFigureOf(server, starts.get(server) ?? [])),
      ...loads.flatMap(({ figures }) => figures)
    ],
    notMeasured,
    remarks: [
      said(starts),
      warm,
      `loads: ${processes} processes of each side one after the other, because two processes of the same code differ by more ` +
      "than what is looked for",
      ...(loads[0]?.remarks ?? [])
    ]
  }
})

export const kernel: Benchmark = {
  description: "What the kernel adds to a start, and an idle control plane to a request",
  defaults: { rounds: 5, seconds: 2 },
  run
}
