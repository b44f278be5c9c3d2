/**
 * A process of its own: `node idle.ts <job as JSON>` opens keep-alive connections to a server, has one request answered on each, lets
 * them rest, and prints what the server held before and after. Loopback only; the addresses 127.0.0.2 and following take
 * turns, because servers limit the connections of one address. Ends by itself.
 */
import * as fs from "node:fs"
import * as net from "node:net"
import { readAnswer } from "./http1.ts"
import type { Memory } from "./memory.ts"
import { sourceOf } from "./sources.ts"

/** What to do; written by cases/idle.ts. */
export interface Job {
  readonly port: number
  readonly pid: number
  /** Where the server writes its memory. */
  readonly folder: string
  readonly request: string
  readonly connections: number
  readonly settleMillis: number
}

const limits = { connections: 20_000, settleMillis: 60_000 }
const perAddress = 500
/** How many are being opened at a time: fewer than any backlog. */
const together = 64

const job: Job = JSON.parse(process.argv[2] ?? "{}")
const request = Buffer.from(job.request)
const sockets = new Set<net.Socket>()

const fail = (problem: string): never => {
  process.stdout.write(JSON.stringify({ problem }) + "\n")
  process.exit(1)
}

const wait = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis))

const memoryFile = (): Memory | undefined => {
  try {
    return JSON.parse(fs.readFileSync(`${job.folder}/memory.json`, "utf8"))
  } catch {
    return undefined
  }
}

const memory = async (): Promise<Memory> => {
  const seen = memoryFile()?.count ?? 0
  process.kill(job.pid, "SIGUSR2")
  for (;;) {
    const found = memoryFile()
    if (found !== undefined && found.count > seen) return found
    await wait(20)
  }
}

/** One request and its whole answer. */
const answered = (socket: net.Socket) =>
  new Promise<void>((resolve) => {
    const pieces: Array<Buffer> = []
    const received = (piece: Buffer): void => {
      pieces.push(piece)
      const answer = readAnswer(Buffer.concat(pieces))
      if (answer === undefined) return
      if (answer.status !== 200 || answer.closes) fail(`status ${answer.status}, or the server closes its connections`)
      socket.off("data", received)
      resolve()
    }
    socket.on("data", received)
    socket.write(request)
  })

const open = async (index: number): Promise<void> => {
  const localAddress = sourceOf(Math.floor(index / perAddress))
  const socket = net.connect({ port: job.port, host: "127.0.0.1", localAddress })
  socket.on("error", (error) => fail(`connection ${index + 1} from ${localAddress}: ${error.message}`))
  socket.on("close", () => sockets.delete(socket))
  await answered(socket)
  sockets.add(socket)
}

const openAll = async (): Promise<void> => {
  for (let index = 0; index < job.connections; index += together) {
    const count = Math.min(together, job.connections - index)
    await Promise.all(Array.from({ length: count }, (_, step) => open(index + step)))
  }
}

/** A connection that the server has forgotten holds no memory: all of them must still answer. */
const stillAnswer = async (): Promise<void> => {
  if (sockets.size < job.connections) fail(`the server closed ${job.connections - sockets.size} idle connections`)
  for (const socket of sockets) await answered(socket)
}

const run = async (): Promise<void> => {
  const before = await memory()
  await openAll()
  await wait(job.settleMillis)
  const after = await memory()
  await stillAnswer()
  process.stdout.write(JSON.stringify({ before, after }) + "\n")
  process.exit(0)
}

if (job.connections > limits.connections || job.settleMillis > limits.settleMillis) fail("job too large")
setTimeout(fail, 120_000 + job.settleMillis, "no end: answers or figures are missing")
void run()
