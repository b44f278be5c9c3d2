/**
 * The load generator, a process of its own: `node load.ts <job as JSON>` keeps `connections` keep-alive connections busy
 * with one request each (closed loop, no pipelining, loopback only), samples the server's CPU time at the edges of one-second slices, prints one
 * JSON line and ends. Written on node:net without Effect: it must cost less than the server that it measures.
 */
import * as net from "node:net"
import { performance } from "node:perf_hooks"
import { readAnswer } from "./http1.ts"
import { cpuMicros } from "./processStat.ts"
import { latencies } from "./statistics.ts"

/** What to do; written by measure.ts. */
export interface Job {
  readonly port: number
  readonly pid: number
  readonly request: string
  readonly connections: number
  readonly warmUpMillis: number
  readonly slices: number
  readonly sliceMillis: number
}

interface Edge {
  readonly at: number
  readonly answers: number
  readonly cpu: number | null
}

const limits = { connections: 1024, slices: 120, millis: 180_000 }
const status200 = Buffer.from("HTTP/1.1 200 ")

const job: Job = JSON.parse(process.argv[2] ?? "{}")
const request = Buffer.from(job.request)
const times = latencies()
const edges: Array<Edge> = []
let answers = 0
let recording = false
let stopping = false
let open = 0

const fail = (problem: string): never => {
  process.stdout.write(JSON.stringify({ problem }) + "\n")
  process.exit(1)
}

const connect = (): void => {
  let sentAt = 0
  let plainBytes = 0
  let pending: Buffer | undefined

  const send = (): void => {
    if (stopping) return void socket.end()
    sentAt = performance.now()
    socket.write(request)
  }

  const answered = (): void => {
    answers++
    if (recording) times.record(performance.now() - sentAt)
    send()
  }

  const parse = (bytes: Buffer): void => {
    const answer = readAnswer(bytes)
    if (answer === undefined) {
      pending = bytes
      return
    }
    if (answer.status !== 200) fail(`status ${answer.status}: ${bytes.toString("utf8", answer.body, answer.bytes)}`)
    if (answer.closes) fail("the server closes its connections")
    if (answer.bytes !== bytes.length) fail("more bytes than one answer")
    pending = undefined
    plainBytes = answer.bytes
    answered()
  }

  /** Most answers come in one piece and as long as the one before: then the status line is enough. */
  const received = (length: number, buffer: Uint8Array): boolean => {
    const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, length)
    if (pending === undefined && length === plainBytes && status200.compare(bytes, 0, status200.length) === 0) {
      answered()
    } else parse(pending === undefined ? Buffer.from(bytes) : Buffer.concat([pending, bytes]))
    return true
  }

  const socket = net.connect({
    port: job.port,
    host: "127.0.0.1",
    noDelay: true,
    onread: { buffer: Buffer.allocUnsafe(65_536), callback: received }
  })
  socket.on("connect", send)
  socket.on("error", (error) => fail(`connection: ${error.message}`))
  socket.on("close", () => {
    open--
    if (!stopping) fail("the server closed a connection")
    if (open === 0) report()
  })
  open++
}

const edge = (): void => {
  edges.push({ at: performance.now(), answers, cpu: cpuMicros(job.pid) })
}

const sliceOf = (from: Edge, to: Edge) => ({
  perSecond: (to.answers - from.answers) / (to.at - from.at) * 1000,
  cpuMicros: from.cpu === null || to.cpu === null ? null : (to.cpu - from.cpu) / (to.answers - from.answers)
})

let utilization = performance.eventLoopUtilization()

const report = (): void => {
  const slices = edges.slice(1).map((to, index) => sliceOf(edges[index] ?? to, to))
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map(times.percentile)
  process.stdout.write(JSON.stringify({ slices, p50, p95, p99, busy: utilization.utilization }) + "\n")
  process.exit(0)
}

const stop = (): void => {
  utilization = performance.eventLoopUtilization(utilization)
  recording = false
  stopping = true
}

const slice = (left: number): void => {
  edge()
  if (left === 0) stop()
  else setTimeout(slice, job.sliceMillis, left - 1)
}

const start = (): void => {
  utilization = performance.eventLoopUtilization()
  recording = true
  slice(job.slices)
}

const planned = job.warmUpMillis + job.slices * job.sliceMillis
if (job.connections > limits.connections || job.slices > limits.slices || planned > limits.millis) fail("job too large")
setTimeout(fail, planned + 10_000, "no end: answers are missing")
setTimeout(start, job.warmUpMillis)
for (let index = 0; index < job.connections; index++) connect()
