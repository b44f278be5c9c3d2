/**
 * A process of its own: `node attack.ts <job as JSON>` opens connections to a server and keeps each of them busy with a request that
 * never becomes whole: heads that grow by a byte, or bodies that do. A connection that the server closes is opened again. Prints
 * what the server did about it. Loopback only; four addresses take turns. Ends by itself.
 */
import * as net from "node:net"
import { sourceOf } from "./sources.ts"
import { echo, hello, requestOf } from "./works.ts"

export type Kind = "slow header" | "slow body"

/** What to do; written by cases/attack.ts. */
export interface Job {
  readonly port: number
  /** Half of them of each kind. */
  readonly connections: number
  readonly millis: number
}

/** What the server did to one kind of attacker. */
interface Tally {
  readonly kind: Kind
  opened: number
  closed: number
  /** Closed without an answer. */
  silent: number
  readonly statuses: Record<string, number>
}

const limits = { connections: 2000, millis: 120_000 }
const addresses = 4
/** Each connection sends a byte in this time, spread evenly, so that the attacker itself never has a busy moment. */
const periodMillis = 500
const turns = 50

const job: Job = JSON.parse(process.argv[2] ?? "{}")

const starts: Record<Kind, string> = {
  "slow header": requestOf(hello).replace(/\r\n\r\n$/, "\r\nX-Slow: "),
  "slow body": requestOf(echo).slice(0, requestOf(echo).indexOf("\r\n\r\n") + 5)
}

const tallyOf = (kind: Kind): Tally => ({ kind, opened: 0, closed: 0, silent: 0, statuses: {} })
const tallies: Record<Kind, Tally> = { "slow header": tallyOf("slow header"), "slow body": tallyOf("slow body") }
const kinds = Object.values(tallies)
const sockets: Array<net.Socket> = []
let stopping = false

const open = (index: number): void => {
  const tally = kinds[index % kinds.length]
  if (tally === undefined || stopping) return
  let answered = false
  const localAddress = sourceOf(Math.floor(index / 2) % addresses)
  const socket = net.connect({ port: job.port, host: "127.0.0.1", localAddress, noDelay: true })
  sockets[index] = socket
  socket.on("connect", () => {
    tally.opened++
    socket.write(starts[tally.kind])
  })
  socket.on("data", (bytes) => {
    const status = /^HTTP\/1\.1 (\d{3})/.exec(bytes.toString("latin1"))?.[1]
    if (answered || status === undefined) return
    answered = true
    tally.statuses[status] = (tally.statuses[status] ?? 0) + 1
  })
  // A reset is one way of closing.
  socket.on("error", () => {})
  socket.on("close", () => {
    if (stopping) return
    tally.closed++
    if (!answered) tally.silent++
    setTimeout(open, 100, index)
  })
}

/** One of `turns` parts of the connections sends its byte. */
const drip = (turn: number): void => {
  for (let index = turn; index < sockets.length; index += turns) {
    const socket = sockets[index]
    if (socket?.writable === true && !socket.connecting) socket.write("x")
  }
  setTimeout(drip, periodMillis / turns, (turn + 1) % turns)
}

const stop = (): void => {
  stopping = true
  for (const socket of sockets) socket.destroy()
  process.stdout.write(JSON.stringify(kinds) + "\n")
  process.exit(0)
}

if (job.connections > limits.connections || job.millis > limits.millis) process.exit(2)
setTimeout(stop, job.millis)
for (let index = 0; index < job.connections; index++) setTimeout(open, index % 500, index)
drip(0)
