/** Loading servers that stay up, in turn over several rounds. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { Extent } from "./benchmark.ts"
import { cores } from "./cores.ts"
import { folderOf } from "./folder.ts"
import { measure, type Sample } from "./measure.ts"
import * as paths from "./paths.ts"
import { residentMebibytes } from "./processStat.ts"
import { cheapest, type Series } from "./report.ts"
import { checkNothingLost, checkSameFeatures } from "./sameFeatures.ts"
import { checkSameWork } from "./sameWork.ts"
import { type Running, type Server, start } from "./server.ts"
import { median, rotate } from "./statistics.ts"
import type { TableRow } from "./table.ts"
import type { Work } from "./works.ts"

/** Samples by work and server, in the order of the rounds. */
type Samples = Map<string, Array<Sample>>

const keyOf = (work: Work, server: string): string => `${work.name}\n${server}`

export const seriesOf = (samples: ReadonlyArray<Sample>): Series => ({
  rate: samples.map((sample) => sample.rate),
  best: samples.map((sample) => sample.best),
  cpu: samples.map((sample) => sample.cpu),
  p99: samples.map((sample) => sample.p99)
})

const round = (value: number, digits: number): number => Number(value.toFixed(digits))

/** All its processes together. */
const residentOf = (pids: ReadonlyArray<number>): number | null =>
  pids.map(residentMebibytes).reduce((sum, one) => sum === null || one === null ? null : sum + one, 0)

export const figureOf = (work: Work, { name, pids }: Running, samples: ReadonlyArray<Sample>): TableRow => {
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
    "RSS MiB": residentOf(pids)
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

const startOne = Effect.fnUntraced(function*(server: Server, core: number | undefined) {
  const folder = yield* folderOf(server.name)
  return yield* start(server, { folder, core, before: ["--import", paths.lifeline] })
})

interface Plan {
  readonly works: ReadonlyArray<Work>
  readonly core: number | undefined
  readonly seconds: number
}

const oneRound = Effect.fnUntraced(
  function*(running: ReadonlyArray<Running>, { core, seconds, works }: Plan, samples: Samples, index: number) {
    for (const work of works) {
      for (const server of rotate(running, index)) {
        const sample = yield* measure(server, work, { seconds, core })
        const key = keyOf(work, server.name)
        samples.set(key, [...(samples.get(key) ?? []), sample])
      }
    }
  }
)

/** The agreed number of requests per second to some of the servers, in turn over the rounds. */
const atRate = Effect.fnUntraced(
  function*(running: ReadonlyArray<Running>, work: Work, perSecond: number, { core, rounds, seconds }: Extent & Pin) {
    const samples = new Map<string, ReadonlyArray<Sample>>()
    for (let index = 0; index < rounds; index++) {
      yield* Console.error(`bench: ${work.name} at ${perSecond} requests/s, round ${index + 1} of ${rounds}`)
      for (const server of rotate(running, index)) {
        const sample = yield* measure(server, work, { seconds, core, perSecond })
        samples.set(server.name, [...(samples.get(server.name) ?? []), sample])
      }
    }
    const of = (name: string) => samples.get(name) ?? []
    const named = { ...work, name: `${work.name}, half load` }
    return {
      series: ({ name }: Server): Series => seriesOf(of(name)),
      figures: running.map((server) => figureOf(named, server, of(server.name)))
    }
  }
)

interface Pin {
  readonly core: number | undefined
}

/** The sides that have the production features on, with what is to be checked of them. */
const featured = (all: ReadonlyArray<Server>, running: ReadonlyArray<Running>) =>
  all.flatMap(({ features }, index) => {
    const server = running[index]
    return features === undefined || server === undefined ? [] : [{ server, features }]
  })

const checked = (names: ReadonlyArray<string>): string =>
  `${
    names.join(", ")
  }: the agreed header names, ids, access line, counters and a 429 were seen before the first round, ` +
  "a line for every request after the last"

/** Starts every server, checks that all do the same work, and loads each of them with each work in every round. */
export const loadInTurn = Effect.fnUntraced(
  function*(all: ReadonlyArray<Server>, works: ReadonlyArray<Work>, { rounds, seconds }: Extent) {
    const pins = yield* cores
    const core = pins.load
    const samples: Samples = new Map()
    const running = yield* Effect.forEach(all, (server) => startOne(server, pins.server))
    const withFeatures = featured(all, running)
    yield* Effect.forEach(works, (work) => Effect.forEach(running, (server) => checkSameWork(server, work)))
    yield* Effect.forEach(withFeatures, ({ features, server }) => checkSameFeatures(server, features))
    for (let index = 0; index < rounds; index++) {
      yield* Console.error(`bench: round ${index + 1} of ${rounds}`)
      yield* oneRound(running, { works, core, seconds }, samples, index)
    }
    const of = (work: Work, server: string) => samples.get(keyOf(work, server)) ?? []
    const some = (servers: ReadonlyArray<Server>) =>
      running.filter((_, index) => servers.some((one) => one === all[index]))
    return {
      series: (work: Work, { name }: Server): Series => seriesOf(of(work, name)),
      atRate: (work: Work, servers: ReadonlyArray<Server>, perSecond: number, extent: Extent) =>
        atRate(some(servers), work, perSecond, { ...extent, core }),
      /** For the end of a run. */
      checkAfter: Effect.forEach(withFeatures, ({ features, server }) => checkNothingLost(server, features), {
        discard: true
      }),
      figures: works.flatMap((work) => running.map((server) => figureOf(work, server, of(work, server.name)))),
      remarks: [
        `per side, work and round 1 s of warm-up and ${seconds} x 1 s measured, 64 keep-alive connections`,
        pins.said,
        "all sides gave the agreed answers and refused the same five wrong bodies before the first round",
        ...(withFeatures.length === 0 ? [] : [checked(withFeatures.map(({ server }) => server.name))]),
        ...busyRemarks(samples)
      ]
    }
  }
)
