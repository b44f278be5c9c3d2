/**
 * When the next request is sent. Closed loop: on every connection as soon as its answer is there. Open loop: at a fixed rate,
 * whatever the answers do; a request that finds no free connection waits, and its latency counts from when it was due. So a server
 * that stalls pays for everybody who would have come meanwhile (no coordinated omission). A request that finds one counts from when it
 * is sent: the generator's own lateness is not the server's.
 */
import type { Connection } from "./connection.ts"

export interface Pace {
  /** The connection may send: it is new, or its answer has come. */
  readonly free: (connection: Connection) => void
  /** Requests that are due and have not been sent. */
  readonly waiting: () => number
}

export const closedLoop = (now: () => number): Pace => ({
  free: (connection) => connection.send(now()),
  waiting: () => 0
})

export interface OpenLoop extends Pace {
  /** Sends what is due by now. */
  readonly advance: () => void
}

export const openLoop = (perSecond: number, now: () => number): OpenLoop => {
  const idle: Array<Connection> = []
  const late: Array<number> = []
  const step = 1000 / perSecond
  let due = now()
  const send = (since: number): void => {
    // The one that has rested longest: a connection that is never used is closed by its server.
    const connection = idle.shift()
    if (connection === undefined) late.push(since)
    else connection.send(now())
  }
  return {
    free: (connection) => {
      const since = late.shift()
      if (since === undefined) idle.push(connection)
      else connection.send(since)
    },
    waiting: () => late.length,
    advance: () => {
      for (const until = now(); due <= until; due += step) send(due)
    }
  }
}
