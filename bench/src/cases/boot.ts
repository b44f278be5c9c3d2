/** `boot`: from starting the process to the first 200, and what it holds in memory then. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { Benchmark, Options } from "../benchmark.ts"
import { folderOf } from "../folder.ts"
import { cpuMicros, residentMebibytes } from "../processStat.ts"
import { cheapest, ratioOfMedians, rowOf, type Series } from "../report.ts"
import { type Server, start } from "../server.ts"
import * as servers from "../servers.ts"
import { median, rotate } from "../statistics.ts"
import type { TableRow } from "../table.ts"

const peers = [servers.raw, servers.fastify]
const sides = [servers.ours, servers.monolith]
const all = [...peers, ...sides]

interface Start {
  readonly millis: number
  readonly cpu: number | null
  readonly resident: number | null
}

type Starts = Map<Server, ReadonlyArray<Start>>

/** Speed of a start is starts per second. */
const seriesOf = (starts: ReadonlyArray<Start>): Series => ({
  rate: starts.map((one) => 1000 / one.millis),
  best: starts.map((one) => 1000 / one.millis),
  cpu: starts.map((one) => one.cpu),
  p99: []
})

const once = (server: Server, folder: string) =>
  Effect.scoped(Effect.map(start(server, { folder }), ({ pid, startMillis }): Start => ({
    millis: startMillis,
    cpu: cpuMicros(pid),
    resident: residentMebibytes(pid)
  })))

const millis = (value: number | null): number | null => value === null ? null : Math.round(value)

const figureOf = (server: Server, starts: ReadonlyArray<Start>): TableRow => {
  const times = starts.map((one) => one.millis)
  const cpu = cheapest(starts.map((one) => one.cpu))
  const resident = starts.flatMap((one) => one.resident === null ? [] : [one.resident])
  return {
    server: server.name,
    "median ms": millis(median(times)),
    "best ms": millis(Math.min(...times)),
    "worst ms": millis(Math.max(...times)),
    "CPU ms": cpu === null ? null : millis(cpu / 1000),
    "RSS MiB": resident.length === 0 ? null : median(resident)
  }
}

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
  const folders = new Map<Server, string>()
  for (const server of all) folders.set(server, yield* folderOf(server.name))
  const startOne = (server: Server) => once(server, folders.get(server) ?? "")
  const starts: Starts = new Map()
  yield* Effect.forEach(all, startOne, { discard: true })
  for (let index = 0; index < rounds; index++) {
    yield* Console.error(`bench: round ${index + 1} of ${rounds}`)
    for (const server of rotate(all, index)) {
      starts.set(server, [...(starts.get(server) ?? []), yield* startOne(server)])
    }
  }
  const series = (server: Server) => seriesOf(starts.get(server) ?? [])
  return {
    rows: sides.flatMap((side) =>
      peers.map((peer) => rowOf(`boot, ${side.name}`, peer.name, series(side), series(peer), ratioOfMedians))
    ),
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
