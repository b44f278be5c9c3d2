/** `idle`: what ten thousand idle keep-alive connections cost a server in memory. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Schema from "effect/Schema"
import type { Benchmark, Options } from "../benchmark.ts"
import { choose } from "../choice.ts"
import { cores, pin } from "../cores.ts"
import { LoadFailed, TooFewFiles } from "../errors.ts"
import { folderOf } from "../folder.ts"
import { atMost } from "../goals.ts"
import type { Job } from "../idle.ts"
import { measure } from "../measure.ts"
import * as paths from "../paths.ts"
import { openFilesLimit } from "../processStat.ts"
import { type Running, type Server, start } from "../server.ts"
import * as servers from "../servers.ts"
import { median, rotate } from "../statistics.ts"
import type { TableRow } from "../table.ts"
import { hello, requestOf } from "../works.ts"

const connections = 10_000
const mostKibibytes = 10

const sides = { raw: servers.rawPatient, fastify: servers.fastify, ours: servers.oursRoomy }

const Memory = Schema.Struct({ settled: Schema.Finite, resident: Schema.Finite, held: Schema.Finite })
const Measured = Schema.Struct({ before: Memory, after: Memory })
const Printed = Schema.fromJsonString(Schema.Union([Measured, Schema.Struct({ problem: Schema.String })]))
type Measured = typeof Measured.Type

/** Each connection is a file in both processes; the rest is for what they have open anyhow. */
const checkFiles = Effect.suspend(() => {
  const [asked, allowed] = [connections + 500, openFilesLimit()]
  return allowed !== null && allowed < asked ? Effect.fail(new TooFewFiles({ asked, allowed })) : Effect.void
})

const failed = ({ name }: Running, problem: string) =>
  new LoadFailed({ server: name, work: "idle connections", problem })

const holdIdle = Effect.fnUntraced(function*(running: Running, core: number | undefined, seconds: number) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const { folder, pids: [pid], port } = running
  const job: Job = { port, pid, folder, request: requestOf(hello), connections, settleMillis: seconds * 1000 }
  const [program, ...args] = pin(core, [process.execPath, paths.idle, JSON.stringify(job)])
  const printed = yield* spawner.string(ChildProcess.make(program, args, { stdin: "ignore" })).pipe(
    Effect.flatMap(Schema.decodeEffect(Printed)),
    Effect.mapError((error) => failed(running, error.message))
  )
  return "problem" in printed ? yield* failed(running, printed.problem) : printed
})

/** A second of load first, so that code and pools of the server are there before the first figure. */
const once = Effect.fnUntraced(function*(server: Server, seconds: number) {
  const pins = yield* cores
  const before = ["--expose-gc", "--import", paths.lifeline, "--import", paths.memory]
  const running = yield* start(server, { folder: yield* folderOf(server.name), core: pins.server, before })
  yield* measure(running, hello, { seconds: 1, core: pins.load })
  return yield* holdIdle(running, pins.load, seconds)
}, Effect.scoped)

type Part = (measured: Measured) => number

const perConnection = (of: keyof Measured["after"]): Part => ({ after, before }) =>
  (after[of] - before[of]) / connections / 1024

const middle = (all: ReadonlyArray<Measured>, part: Part, digits: number): number =>
  Number(median(all.map(part)).toFixed(digits))

const figureOf = ({ name }: Server, all: ReadonlyArray<Measured>): TableRow => ({
  server: name,
  "RSS KiB each": middle(all, perConnection("resident"), 2),
  "heap + external KiB each": middle(all, perConnection("held"), 2),
  "RSS KiB each, before collecting garbage": middle(all, perConnection("settled"), 2),
  "RSS MiB without": middle(all, ({ before }) => before.resident / 2 ** 20, 0),
  "RSS MiB with them": middle(all, ({ after }) => after.resident / 2 ** 20, 0)
})

const notMeasured = [
  "memory of the kernel: buffers of sockets are not in RSS",
  "connections with TLS, HTTP/2 or a request under way",
  "other machines: all connections come over loopback"
]

const run = Effect.fnUntraced(function*({ only, rounds, seconds }: Options) {
  yield* checkFiles
  const taking = choose<Server>(sides, only)
  const all = new Map<Server, ReadonlyArray<Measured>>()
  const of = (server: Server) => all.get(server) ?? []
  for (let index = 0; index < rounds; index++) {
    for (const server of rotate(taking, index)) {
      yield* Console.error(`bench: round ${index + 1} of ${rounds}, ${server.name}`)
      all.set(server, [...of(server), yield* once(server, seconds)])
    }
  }
  return {
    rows: [],
    goals: taking.filter((server) => server === servers.oursRoomy).map((server) =>
      atMost(
        `${server.name}: RSS per idle connection`,
        median(of(server).map(perConnection("resident"))),
        mostKibibytes,
        " KiB"
      )
    ),
    figures: taking.map((server) => figureOf(server, of(server))),
    notMeasured,
    remarks: [
      `${connections} keep-alive connections from 20 addresses of 127.0.0.0/8; each had one request answered before, and again after the figures`,
      `a new process per round and side: 1 s of load, garbage collected, first figures, connections, ${seconds} s of rest, ` +
      "garbage collected, second figures; medians over the rounds",
      "heptad: default settings but for tcp.max_connections 20000; raw node:http: keepAliveTimeout 120 s instead of 5 s"
    ]
  }
})

export const idle: Benchmark = {
  description: "Memory that ten thousand idle keep-alive connections take",
  defaults: { rounds: 2, seconds: 5 },
  choices: { sides: Object.keys(sides) },
  run
}
