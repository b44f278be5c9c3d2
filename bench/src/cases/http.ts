/** `http`: requests per second, CPU per request and latency of small answers, ours beside five peers. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { Benchmark, Options } from "../benchmark.ts"
import { type Cores, cores } from "../cores.ts"
import { folderOf } from "../folder.ts"
import { measure, type Sample } from "../measure.ts"
import * as paths from "../paths.ts"
import { residentMebibytes } from "../processStat.ts"
import { cheapest, medianOfRatios, type Row, rowOf, type Series } from "../report.ts"
import { checkSameWork } from "../sameWork.ts"
import { type Running, type Server, start } from "../server.ts"
import * as servers from "../servers.ts"
import { median, rotate } from "../statistics.ts"
import type { TableRow } from "../table.ts"
import { echo, hello, type Work } from "../works.ts"

const peers = [servers.raw, servers.fastify, servers.hono, servers.nest, servers.effect]
const sides = [servers.ours, servers.oursBare]
const works = [hello, echo]

/** Samples by work and server, in the order of the rounds. */
type Samples = Map<string, Array<Sample>>

const keyOf = (work: Work, server: string): string => `${work.name}\n${server}`

const seriesOf = (samples: ReadonlyArray<Sample>): Series => ({
  rate: samples.map((sample) => sample.rate),
  best: samples.map((sample) => sample.best),
  cpu: samples.map((sample) => sample.cpu),
  p99: samples.map((sample) => sample.p99)
})

const rowsOf = (samples: Samples): ReadonlyArray<Row> => {
  const series = (work: Work, server: string) => seriesOf(samples.get(keyOf(work, server)) ?? [])
  return sides.flatMap((side) =>
    works.flatMap((work) =>
      peers.map((peer) =>
        rowOf(
          side === servers.oursBare ? `${work.name}, access log off` : work.name,
          peer.name,
          series(work, side.name),
          series(work, peer.name),
          medianOfRatios
        )
      )
    )
  )
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits))

const figureOf = (work: Work, { name, pid }: Running, samples: ReadonlyArray<Sample>): TableRow => {
  const middle = (of: (sample: Sample) => number, digits: number) => round(median(samples.map(of)), digits)
  const cpu = cheapest(samples.map((sample) => sample.cpu))
  return {
    work: work.name,
    server: name,
    "requests/s": middle((sample) => sample.rate, 0),
    "best 1 s": round(Math.max(...samples.map((sample) => sample.best)), 0),
    "CPU us/request": cpu === null ? null : round(cpu, 1),
    "p50 ms": middle((sample) => sample.p50, 2),
    "p95 ms": middle((sample) => sample.p95, 2),
    "p99 ms": middle((sample) => sample.p99, 2),
    "RSS MiB": residentMebibytes(pid)
  }
}

/** Above this the load generator's own core is the limit, and faster servers look slower than they are. */
const saturated = 0.95

const busyRemarks = (samples: Samples): ReadonlyArray<string> =>
  [...samples].flatMap(([key, list]) => {
    const busy = Math.max(...list.map((sample) => sample.busy))
    return busy <= saturated
      ? []
      : [
        `load generator ${Math.round(busy * 100)} % busy on ${
          key.replace("\n", ", ")
        }: that side may be faster than shown`
      ]
  })

const notMeasured = [
  "latency below saturation: 64 connections always have one request under way (closed loop), so p50 follows from throughput",
  "TLS, HTTP/2, pipelining, connection set-up, large bodies, slow clients, several processes, other machines in between",
  "peers with production features: they run without request log, metrics, request ids and security headers; ours has what its defaults give",
  "ours with logs on a real disk: the sinks write to /dev/null",
  "CPU of threads that ended and of child processes"
]

const startOne = Effect.fnUntraced(function*(server: Server, core: number | undefined) {
  const folder = yield* folderOf(server.name)
  return yield* start(server, { folder, core, before: ["--import", paths.lifeline] })
})

const oneRound = Effect.fnUntraced(
  function*(running: ReadonlyArray<Running>, samples: Samples, pins: Cores, seconds: number, index: number) {
    for (const work of works) {
      for (const server of rotate(running, index)) {
        const sample = yield* measure(server, work, pins, seconds)
        const key = keyOf(work, server.name)
        samples.set(key, [...(samples.get(key) ?? []), sample])
      }
    }
  }
)

const run = Effect.fnUntraced(function*({ rounds, seconds }: Options) {
  const pins = yield* cores
  const samples: Samples = new Map()
  const running = yield* Effect.forEach([...peers, ...sides], (server) => startOne(server, pins.server))
  yield* Effect.forEach(works, (work) => Effect.forEach(running, (server) => checkSameWork(server, work)))
  for (let index = 0; index < rounds; index++) {
    yield* Console.error(`bench: round ${index + 1} of ${rounds}`)
    yield* oneRound(running, samples, pins, seconds, index)
  }
  return {
    rows: rowsOf(samples),
    figures: works.flatMap((work) =>
      running.map((server) => figureOf(work, server, samples.get(keyOf(work, server.name)) ?? []))
    ),
    notMeasured,
    remarks: [
      `per side, work and round 1 s of warm-up and ${seconds} x 1 s measured, 64 keep-alive connections`,
      pins.said,
      "all sides gave the agreed answers and refused the same five wrong bodies before the first round",
      ...busyRemarks(samples)
    ]
  }
})

export const http: Benchmark = {
  description: "Small answers: requests per second, CPU per request and latency beside five peers",
  defaults: { rounds: 5, seconds: 2 },
  run
}
