/** One keep-alive connection of a load generator: it sends a request and tells when the whole answer is there. */
import * as net from "node:net"
import { readAnswer } from "./http1.ts"

export interface Connection {
  /** `since`: from when on the answer is waited for. One request at a time. */
  readonly send: (since: number) => void
  readonly end: () => void
}

export interface Events {
  readonly connected: (connection: Connection) => void
  readonly answered: (connection: Connection, since: number) => void
  readonly closed: () => void
  /** Something that makes every figure worthless. */
  readonly failed: (problem: string) => void
}

const status200 = Buffer.from("HTTP/1.1 200 ")

export const open = (port: number, request: Buffer, events: Events): void => {
  let waitingSince = 0
  let plainBytes = 0
  let pending: Buffer | undefined

  const connection: Connection = {
    send: (since) => {
      waitingSince = since
      socket.write(request)
    },
    end: () => void socket.end()
  }

  const parse = (bytes: Buffer): void => {
    const answer = readAnswer(bytes)
    if (answer === undefined) {
      pending = bytes
      return
    }
    const { body, bytes: length, closes, status } = answer
    if (status !== 200) return events.failed(`status ${status}: ${bytes.toString("utf8", body, length)}`)
    if (closes) return events.failed("the server closes its connections")
    if (length !== bytes.length) return events.failed("more bytes than one answer")
    pending = undefined
    plainBytes = length
    events.answered(connection, waitingSince)
  }

  /** Most answers come in one piece and as long as the one before: then the status line is enough. */
  const received = (length: number, buffer: Uint8Array): boolean => {
    const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, length)
    if (pending === undefined && length === plainBytes && status200.compare(bytes, 0, status200.length) === 0) {
      events.answered(connection, waitingSince)
    } else parse(pending === undefined ? Buffer.from(bytes) : Buffer.concat([pending, bytes]))
    return true
  }

  const socket = net.connect({
    port,
    host: "127.0.0.1",
    noDelay: true,
    onread: { buffer: Buffer.allocUnsafe(65_536), callback: received }
  })
  socket.on("connect", () => events.connected(connection))
  socket.on("error", (error) => events.failed(`connection: ${error.message}`))
  socket.on("close", events.closed)
}
