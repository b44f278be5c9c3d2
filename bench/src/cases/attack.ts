/** `attack`: what a normal client notices while a thousand connections send heads and bodies that never become whole. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type { Job } from "../attack.ts"
import type { Benchmark, Options } from "../benchmark.ts"
import { choose } from "../choice.ts"
import { type Cores, cores, pin } from "../cores.ts"
import { LoadFailed } from "../errors.ts"
import { folderOf } from "../folder.ts"
import { atMost, type Goal } from "../goals.ts"
import { figureOf, seriesOf } from "../loads.ts"
import { measure, type Sample } from "../measure.ts"
import * as paths from "../paths.ts"
import { residentMebibytes } from "../processStat.ts"
import { medianOfRatios, type Row, rowOf } from "../report.ts"
import { checkSameWork } from "../sameWork.ts"
import { type Running, type Server, start } from "../server.ts"
import { oursCrowded, oursImpatient } from "../servers.ts"
import * as slowhttptest from "../slowhttptest.ts"
import { median } from "../statistics.ts"
import type { TableRow } from "../table.ts"
import { hello } from "../works.ts"

const connections = 1000
/** Far from what the server can do, so that its queue is empty when nobody attacks. */
const normal = { connections: 16, perSecond: 500 }
/** Until every attacker is connected. */
const leadMillis = 2000
const mostTimes = 2
const mostGrowth = 16
/** A quiet client with a p99 above this, in ms, waits for the neighbours of the benchmark, and twice as much says nothing. */
const mostQuiet = 10

const Tally = Schema.Struct({
  kind: Schema.String,
  opened: Schema.Int,
  closed: Schema.Int,
  silent: Schema.Int,
  statuses: Schema.Record(Schema.String, Schema.Int)
})
const Printed = Schema.fromJsonString(Schema.Array(Tally))

const failed = ({ name }: Running, problem: string) => new LoadFailed({ server: name, work: "attack", problem })

const figureOfTally = ({ closed, kind, opened, silent, statuses }: typeof Tally.Type): TableRow => ({
  attack: kind,
  connections: connections / 2,
  opened,
  "closed by the server": closed,
  "without an answer": silent,
  answers: Object.entries(statuses).map(([status, count]) => `${status}: ${count}`).join(", ") || "none"
})

const ownAttack = Effect.fnUntraced(function*(running: Running, core: number | undefined, millis: number) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const job: Job = { port: running.port, connections, millis }
  const [program, ...args] = pin(core, [process.execPath, paths.attack, JSON.stringify(job)])
  const tallies = yield* spawner.string(ChildProcess.make(program, args, { stdin: "ignore" })).pipe(
    Effect.flatMap(Schema.decodeEffect(Printed)),
    Effect.mapError((error) => failed(running, error.message))
  )
  return tallies.map(figureOfTally)
})

/** Resident MiB every 100 ms, for as long as the scope is open. */
const watchMemory = Effect.fnUntraced(function*({ pids: [pid] }: Running) {
  const seen = yield* Ref.make<ReadonlyArray<number>>([])
  const look = Effect.suspend(() => Ref.update(seen, (all) => [...all, residentMebibytes(pid) ?? NaN]))
  yield* Effect.forkScoped(Effect.repeat(look, Schedule.spaced("100 millis")))
  return seen
})

interface Attacked {
  readonly quiet: Sample
  readonly during: Sample
  readonly figures: ReadonlyArray<TableRow>
  readonly memory: ReadonlyArray<number>
}

const once = Effect.fnUntraced(
  function*(running: Running, core: number | undefined, seconds: number, external: boolean) {
    const client = measure(running, hello, { ...normal, seconds, core })
    const quiet = yield* client
    // The client warms up for a second, and the attack outlasts it.
    const millis = leadMillis + seconds * 1000 + 2000
    const attacker = yield* Effect.forkScoped(
      external
        ? slowhttptest.attack(running.port, connections, Math.ceil(millis / 1000))
        : ownAttack(running, core, millis)
    )
    const memory = yield* watchMemory(running)
    yield* Effect.sleep(leadMillis)
    const during = yield* client
    const figures = yield* Fiber.join(attacker)
    return { quiet, during, figures, memory: yield* Ref.get(memory) }
  },
  Effect.scoped
)

/** Pure: by how many MiB the peak of the second half is above that of the first; what fills up shows here. */
export const growthOf = (memory: ReadonlyArray<number>): number => {
  const middle = Math.ceil(memory.length / 2)
  return Math.max(...memory.slice(middle)) - Math.max(...memory.slice(0, middle))
}

const memoryFigure = (memory: ReadonlyArray<number>, name: string): TableRow => ({
  timeouts: name,
  "RSS MiB at the start": memory[0] ?? null,
  "RSS MiB at most": Math.max(...memory),
  "growth of the peak from the first to the second half": growthOf(memory)
})

const notMeasured = [
  "attacks by slow reading, by many new connections per second, over TLS or HTTP/2",
  "attackers on other machines: they share the core of the normal client"
]

/** The issue asks about the defaults; a tenth of their time shows ten times as many attackers being sent away. */
interface Variant {
  readonly name: string
  readonly server: Server
  readonly seconds: (seconds: number) => number
  readonly goals: boolean
}

const variants: Readonly<Record<string, Variant>> = {
  defaults: { name: "30 s and 60 s", server: oursCrowded, seconds: (seconds) => seconds, goals: true },
  short: {
    name: "3 s and 6 s",
    server: oursImpatient,
    seconds: (seconds) => Math.ceil(seconds / 6),
    goals: false
  }
}

const isDisturbed = (all: ReadonlyArray<Attacked>): boolean => median(all.map(({ quiet }) => quiet.p99)) > mostQuiet

const goalsOf = (row: Row, all: ReadonlyArray<Attacked>): ReadonlyArray<Goal> => [
  atMost(`${row.work}: p99 over ${row.peer}`, isDisturbed(all) ? null : row.p99_ratio, mostTimes),
  atMost(
    "RSS: growth of its peak from the first to the second half of an attack",
    Math.max(...all.map(({ memory }) => growthOf(memory))),
    mostGrowth,
    " MiB"
  )
]

const findingOf = (running: Running, { goals, name }: Variant, all: ReadonlyArray<Attacked>) => {
  const [quiet, during] = [all.map((one) => one.quiet), all.map((one) => one.during)]
  const work = `normal client under attack, timeouts ${name}`
  const row = rowOf(work, "the same, quiet", seriesOf(during), seriesOf(quiet), medianOfRatios)
  const named = (when: string) => ({ ...hello, name: `${when}, timeouts ${name}` })
  return {
    // The speed was given.
    row: { ...row, ratio: null, ratio_best: null },
    goals: goals ? goalsOf(row, all) : [],
    figures: [figureOf(named("quiet"), running, quiet), figureOf(named("under attack"), running, during)],
    attackers: all.flatMap(({ figures }) => figures.map((figure) => ({ timeouts: name, ...figure }))),
    memory: all.map(({ memory }) => memoryFigure(memory, name)),
    doubts: isDisturbed(all)
      ? [
        `timeouts ${name}: the quiet client's p99 is above ${mostQuiet} ms, so others use these cores: run it again without them`
      ]
      : []
  }
}

const measureVariant = Effect.fnUntraced(function*(variant: Variant, pins: Cores, options: Options) {
  const folder = yield* folderOf(variant.server.name)
  const running = yield* start(variant.server, { folder, core: pins.server, before: ["--import", paths.lifeline] })
  yield* checkSameWork(running, hello)
  const all: Array<Attacked> = []
  for (let index = 0; index < options.rounds; index++) {
    yield* Console.error(`bench: timeouts ${variant.name}, round ${index + 1} of ${options.rounds}`)
    all.push(yield* once(running, pins.load, variant.seconds(options.seconds), options.slowhttptest))
  }
  return findingOf(running, variant, all)
}, Effect.scoped)

const run = Effect.fnUntraced(function*(options: Options) {
  if (options.slowhttptest) yield* slowhttptest.checkThere
  const pins = yield* cores
  const found = yield* Effect.forEach(
    choose(variants, options.works),
    (variant) => measureVariant(variant, pins, options)
  )
  return {
    rows: found.map(({ row }) => row),
    goals: found.flatMap(({ goals }) => goals),
    figures: [
      ...found.flatMap(({ figures }) => figures),
      ...found.flatMap(({ attackers }) => attackers),
      ...found.flatMap(({ memory }) => memory)
    ],
    notMeasured,
    remarks: [
      `${connections} attackers, half with heads and half with bodies that grow by a byte every half second` +
      (options.slowhttptest
        ? " (slowhttptest: every second)"
        : ", connecting again when they are closed, from 4 addresses"),
      `the normal client: ${normal.perSecond} requests/s over ${normal.connections} connections (open loop), 1 s of warm-up, then ` +
      `${options.seconds} s (a sixth with the short timeouts), once quiet and once under attack in each round`,
      "default settings but for tcp.max_connections_per_ip 5000; timeouts: tcp.connection_timeout and tcp.read_timeout",
      pins.said,
      ...found.flatMap(({ doubts }) => doubts)
    ]
  }
})

export const attack: Benchmark = {
  description: "A normal client's latency while a thousand connections send slow heads and bodies",
  defaults: { rounds: 1, seconds: 60 },
  choices: { works: Object.keys(variants), slowhttptest: true },
  run
}
