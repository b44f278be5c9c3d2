/** Starting servers as processes, in turn over several rounds: how long until the first 200, and what that cost. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { folderOf } from "./folder.ts"
import { cpuMicros, residentMebibytes } from "./processStat.ts"
import { cheapest, type Series } from "./report.ts"
import { type Server, start } from "./server.ts"
import { median, rotate } from "./statistics.ts"
import type { TableRow } from "./table.ts"

export interface Start {
  readonly millis: number
  readonly cpu: number | null
  readonly resident: number | null
}

export type Starts = Map<Server, ReadonlyArray<Start>>

/** Speed of a start is starts per second. */
export const seriesOf = (starts: ReadonlyArray<Start>): Series => ({
  rate: starts.map((one) => 1000 / one.millis),
  best: starts.map((one) => 1000 / one.millis),
  cpu: starts.map((one) => one.cpu),
  p99: []
})

const once = (server: Server, folder: string) =>
  Effect.scoped(Effect.map(start(server, { folder }), ({ pids: [pid], startMillis }): Start => ({
    millis: startMillis,
    cpu: cpuMicros(pid),
    resident: residentMebibytes(pid)
  })))

const millis = (value: number | null): number | null => value === null ? null : Math.round(value)

export const figureOf = (server: Server, starts: ReadonlyArray<Start>): TableRow => {
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

/** One start of each side that is not counted, then one of each a round; the order turns by one per round. */
export const startInTurn = Effect.fnUntraced(function*(all: ReadonlyArray<Server>, rounds: number) {
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
  return starts
})
