/** `http`: requests per second, CPU per request and latency of small answers, ours beside five peers. */
import * as Effect from "effect/Effect"
import type { Benchmark, Options } from "../benchmark.ts"
import { loadInTurn } from "../loads.ts"
import { medianOfRatios, type Row, rowOf } from "../report.ts"
import * as servers from "../servers.ts"
import { echo, hello } from "../works.ts"

const peers = [servers.raw, servers.fastify, servers.hono, servers.nest, servers.effect]
const sides = [servers.ours, servers.oursBare]
const works = [hello, echo]

type Loads = Effect.Success<ReturnType<typeof loadInTurn>>

const rowsOf = ({ series }: Loads): ReadonlyArray<Row> =>
  sides.flatMap((side) =>
    works.flatMap((work) =>
      peers.map((peer) =>
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
  const loads = yield* loadInTurn([...peers, ...sides], works, options)
  const { figures, remarks } = loads
  return { rows: rowsOf(loads), figures, notMeasured, remarks }
})

export const http: Benchmark = {
  description: "Small answers: requests per second, CPU per request and latency beside five peers",
  defaults: { rounds: 5, seconds: 2 },
  run
}
