/**
 * The load generator, a process of its own: `node load.ts <job as JSON>` keeps `connections` keep-alive connections busy with one
 * request each (closed loop), or sends at a fixed rate over them (open loop); no pipelining, loopback only. It samples the servers'
 * CPU time five times in each slice, prints one JSON line and ends. Without Effect: it must cost less than the server that it measures.
 */
import { performance } from "node:perf_hooks"
import { type Connection, open } from "./connection.ts"
import { closedLoop, openLoop, type Pace } from "./pace.ts"
import { cpuMicros } from "./processStat.ts"
import { latencies } from "./statistics.ts"

/** What to do; written by measure.ts. */
export interface Job {
  readonly port: number
  /** The processes that serve the port. */
  readonly pids: ReadonlyArray<number>
  readonly request: string
  readonly connections: number
  /** Requests per second of the open loop; absent for the closed one. */
  readonly perSecond?: number
  readonly warmUpMillis: number
  readonly slices: number
  readonly sliceMillis: number
}

interface Edge {
  readonly at: number
  readonly answers: number
  readonly cpu: number | null
}

const limits = { connections: 1024, slices: 120, millis: 180_000, waiting: 100_000 }

/** Of a slice. */
const parts = 5

const job: Job = JSON.parse(process.argv[2] ?? "{}")
const request = Buffer.from(job.request)
const times = latencies()
const edges: Array<Edge> = []
let answers = 0
let recording = false
let stopping = false
let opened = 0

const fail = (problem: string): never => {
  process.stdout.write(JSON.stringify({ problem }) + "\n")
  process.exit(1)
}

const now = (): number => performance.now()

/** Above this a timer of 1 ms is too coarse, and the event loop turns without rest: the core is the generator's own. */
const restless = 1000

const atRate = (perSecond: number): Pace => {
  const pace = openLoop(perSecond, now)
  const turn = (): void => {
    if (stopping) return
    pace.advance()
    if (pace.waiting() > limits.waiting) fail(`it does not keep up with ${perSecond} requests per second`)
    if (perSecond > restless) setImmediate(turn)
    else setTimeout(turn, 1)
  }
  turn()
  return pace
}

const pace = job.perSecond === undefined ? closedLoop(now) : atRate(job.perSecond)

const connections: Array<Connection> = []

const events = {
  connected: (connection: Connection): void => {
    connections.push(connection)
    pace.free(connection)
  },
  answered: (connection: Connection, since: number): void => {
    answers++
    if (recording) times.record(now() - since)
    if (stopping) connection.end()
    else pace.free(connection)
  },
  failed: fail,
  closed: (): void => {
    opened--
    if (!stopping) fail("the server closed a connection")
    if (opened === 0) report()
  }
}

/** Null where the system does not tell. */
const serversMicros = (): number | null => {
  const each = job.pids.map(cpuMicros).filter((micros) => micros !== null)
  return each.length < job.pids.length ? null : each.reduce((sum, micros) => sum + micros, 0)
}

const edge = (): void => {
  edges.push({ at: now(), answers, cpu: serversMicros() })
}

const cpuOf = (from: Edge, to: Edge): number | null =>
  from.cpu === null || to.cpu === null || to.answers === from.answers
    ? null
    : (to.cpu - from.cpu) / (to.answers - from.answers)

/** CPU per request is that of the cheapest part: neighbours seldom leave the caches alone for a whole second. */
const sliceOf = (from: Edge, ...then: ReadonlyArray<Edge>) => {
  const to = then.at(-1) ?? from
  const costs = then.map((edge, index) => cpuOf(then[index - 1] ?? from, edge)).filter((cost) => cost !== null)
  return {
    perSecond: (to.answers - from.answers) / (to.at - from.at) * 1000,
    cpuMicros: costs.length === 0 ? null : Math.min(...costs)
  }
}

const slicesOf = () =>
  Array.from({ length: job.slices }, (_, index) => edges.slice(index * parts, (index + 1) * parts + 1)).flatMap(
    ([from, ...then]) => from === undefined ? [] : [sliceOf(from, ...then)]
  )

let utilization = performance.eventLoopUtilization()
let own = process.cpuUsage()

const report = (): void => {
  const slices = slicesOf()
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map(times.percentile)
  const answered = (edges.at(-1)?.answers ?? 0) - (edges[0]?.answers ?? 0)
  const ownMicros = (own.user + own.system) / answered
  process.stdout.write(JSON.stringify({ slices, p50, p95, p99, busy: utilization.utilization, ownMicros }) + "\n")
  process.exit(0)
}

/** Connections of the closed loop end after the answer under way; idle ones of the open loop have none to wait for. */
const stop = (): void => {
  utilization = performance.eventLoopUtilization(utilization)
  own = process.cpuUsage(own)
  recording = false
  stopping = true
  if (job.perSecond !== undefined) setTimeout(() => connections.forEach(({ end }) => end()), 100)
}

const part = (left: number): void => {
  edge()
  if (left === 0) stop()
  else setTimeout(part, job.sliceMillis / parts, left - 1)
}

const start = (): void => {
  utilization = performance.eventLoopUtilization()
  own = process.cpuUsage()
  recording = true
  part(job.slices * parts)
}

const planned = job.warmUpMillis + job.slices * job.sliceMillis
if (job.connections > limits.connections || job.slices > limits.slices || planned > limits.millis) fail("job too large")
setTimeout(fail, planned + 10_000, "no end: answers are missing")
setTimeout(start, job.warmUpMillis)
while (opened < job.connections) {
  opened++
  open(job.port, request, events)
}
