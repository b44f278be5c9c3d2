/** `http`: requests per second, CPU per request and latency of small answers, ours beside five peers. */
import * as Effect from "effect/Effect"
import type { Benchmark, Options } from "../benchmark.ts"
import { choose } from "../choice.ts"
import { loadInTurn } from "../loads.ts"
import { medianOfRatios, type Row, rowOf } from "../report.ts"
import type { Server } from "../server.ts"
import * as servers from "../servers.ts"
import { echo, hello, type Work } from "../works.ts"

const peers = {
  raw: servers.raw,
  fastify: servers.fastify,
  hono: servers.hono,
  nest: servers.nest,
  effect: servers.effect
}
const sides = { ours: servers.ours, "ours-bare": servers.oursBare }
const works = { hello, echo }

/** Who takes part. */
interface Part {
  readonly peers: ReadonlyArray<Server>
  readonly sides: ReadonlyArray<Server>
  readonly works: ReadonlyArray<Work>
}

const partOf = ({ before, only, works: named }: Options): Part => ({
  peers: [...choose(peers, only), ...(before === undefined ? [] : [servers.oursBefore(before)])],
  sides: choose(sides, only),
  works: choose(works, named)
})

type Loads = Effect.Success<ReturnType<typeof loadInTurn>>

const rowsOf = (part: Part, { series }: Loads): ReadonlyArray<Row> =>
  part.sides.flatMap((side) =>
    part.works.flatMap((work) =>
      part.peers.map((peer) =>
        rowOf(
          side === servers.oursBare ? `${work.name}, access log off` : work.name,
          peer.name,
          series(work, side),
          series(work, peer),
          medianOfRatios
        )
      )
    )
  )

const notMeasured = [
  "latency below saturation: 64 connections always have one request under way (closed loop), so p50 follows from throughput",
  "TLS, HTTP/2, pipelining, connection set-up, large bodies, slow clients, several processes, other machines in between",
  "peers with production features: they run without request log, metrics, request ids and security headers; ours has what its defaults give",
  "ours with logs on a real disk: the sinks write to /dev/null",
  "CPU of threads that ended and of child processes"
]

const run = Effect.fnUntraced(function*(options: Options) {
  const part = partOf(options)
  const loads = yield* loadInTurn([...part.peers, ...part.sides], part.works, options)
  const { figures, remarks } = loads
  return { rows: rowsOf(part, loads), figures, notMeasured, remarks }
})

export const http: Benchmark = {
  description: "Small answers: requests per second, CPU per request and latency beside five peers",
  defaults: { rounds: 5, seconds: 2 },
  choices: { sides: [...Object.keys(peers), ...Object.keys(sides)], works: Object.keys(works) },
  run
}
