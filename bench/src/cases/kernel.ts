/** `kernel`: what the kernel adds to a start, and what an idle control plane adds to a request. */
import * as Effect from "effect/Effect"
import type { Benchmark, Options } from "../benchmark.ts"
import { loadInTurn } from "../loads.ts"
import { medianOfRatios, ratioOfMedians, rowOf } from "../report.ts"
import * as servers from "../servers.ts"
import { figureOf as startFigureOf, seriesOf, startInTurn, type Starts } from "../starts.ts"
import { median } from "../statistics.ts"
import { echo, hello } from "../works.ts"

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

/** Starts are short beside loads, so there are more of them. */
const startsPerRound = 3

const run = Effect.fnUntraced(function*({ rounds, seconds }: Options) {
  const starts = yield* startInTurn([byHand, ours], rounds * startsPerRound)
  const { figures, remarks, series } = yield* loadInTurn([ours, oursWithoutControl], works, { rounds, seconds })
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
    figures: [...[byHand, ours].map((server) => startFigureOf(server, starts.get(server) ?? [])), ...figures],
    notMeasured,
    remarks: [said(starts), ...remarks]
  }
})

export const kernel: Benchmark = {
  description: "What the kernel adds to a start, and an idle control plane to a request",
  defaults: { rounds: 5, seconds: 2 },
  run
}
