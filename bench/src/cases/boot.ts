/** `boot`: from starting the process to the first 200, and what it holds in memory then. */
import * as Effect from "effect/Effect"
import type { Benchmark, Options } from "../benchmark.ts"
import { ratioOfMedians, rowOf } from "../report.ts"
import type { Server } from "../server.ts"
import * as servers from "../servers.ts"
import { figureOf, seriesOf, startInTurn } from "../starts.ts"

const peers = [servers.raw, servers.fastify]
const sides = [servers.ours, servers.monolith]
const all = [...peers, ...sides]

const notMeasured = [
  "a production bundle: every side starts from its .ts files, types stripped by Node, without a compile cache",
  "a cold disk: one start per side comes before the first round and is not counted",
  "the first start of an empty data directory (the monolith then makes its database)",
  "CPU and memory of child processes: the monolith's PostgreSQL is not in its CPU and RSS",
  "latency under load: p99_ratio is empty"
]

const remarks = [
  "ratio of the medians over the rounds; a start ends with the first 200, asked for every 2 ms",
  "not pinned: a start may use every core",
  "ratio_cpu: CPU time until the first 200"
]

const run = Effect.fnUntraced(function*({ rounds }: Options) {
  const starts = yield* startInTurn(all, rounds)
  const series = (server: Server) => seriesOf(starts.get(server) ?? [])
  return {
    rows: sides.flatMap((side) =>
      peers.map((peer) => rowOf(`boot, ${side.name}`, peer.name, series(side), series(peer), ratioOfMedians))
    ),
    goals: [],
    figures: all.map((server) => figureOf(server, starts.get(server) ?? [])),
    notMeasured,
    remarks
  }
})

export const boot: Benchmark = {
  description: "Process start to the first 200, and the memory held then, beside two peers",
  defaults: { rounds: 7, seconds: 1 },
  run
}
