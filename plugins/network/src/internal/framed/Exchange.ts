/** The requests of a framed client: their line, their time, and how each of them ends. Connections come and go beside it. */
import * as Effect from "effect/Effect"
import type { FramedRemoteError } from "../../errors.ts"
import { FramedConnectionLost, FramedLineFull, FramedTimedOut, FramedUnreachable } from "../../errors.ts"
import type { ClientConnection } from "./ClientConnection.ts"

export type Failure = FramedUnreachable | FramedLineFull | FramedTimedOut | FramedConnectionLost | FramedRemoteError

export interface Job {
  readonly type: string
  readonly flags: number
  readonly prefix: Uint8Array | undefined
  readonly payload: Uint8Array
  /** From the beginning to the reply. */
  readonly timeoutMillis: number
  readonly since: number
  readonly resume: (end: Effect.Effect<Uint8Array, Failure>) => void
  /** Where it was sent. */
  connection: ClientConnection | undefined
  /** On that connection. */
  id: number
  timer: NodeJS.Timeout | undefined
}

export interface Place {
  readonly host: string
  readonly port: number
  readonly waitMillis: number
  readonly maxWaiting: number
}

const now = (): number => performance.now()

export class Exchange {
  readonly #place: Place
  /** In the order in which they came. */
  readonly #line = new Set<Job>()
  #current: ClientConnection | undefined
  #problem = "not connected yet"
  #closed = false

  constructor(place: Place) {
    this.#place = place
  }

  get waiting(): number {
    return this.#line.size
  }

  get current(): ClientConnection | undefined {
    return this.#current
  }

  submit(job: Job): void {
    if (this.#closed) this.#unreachable(job, "the client is closed")
    else if (this.#line.size === 0 && this.#current?.hasRoom === true) this.#send(job, this.#current)
    else if (this.#line.size >= this.#place.maxWaiting) this.#full(job)
    else this.#wait(job)
  }

  /** Nobody waits for it any more. */
  abandon(job: Job): void {
    clearTimeout(job.timer)
    this.#line.delete(job)
    job.connection?.forget(job)
  }

  connected(connection: ClientConnection): void {
    this.#current = connection
    this.pump()
  }

  disconnected(problem: string): void {
    this.#current = undefined
    this.#problem = problem
  }

  /** Sends as many as there is room for. */
  pump(): void {
    for (const job of this.#line) {
      const connection = this.#current
      if (connection?.hasRoom !== true) return
      this.#line.delete(job)
      clearTimeout(job.timer)
      this.#send(job, connection)
    }
  }

  succeed(job: Job, payload: Uint8Array): void {
    clearTimeout(job.timer)
    job.resume(Effect.succeed(payload))
  }

  fail(job: Job, error: Failure): void {
    clearTimeout(job.timer)
    job.resume(Effect.fail(error))
  }

  /** Its connection ended: the server may have got it. */
  lose(job: Job, problem: string): void {
    const { host, port } = this.#place
    this.fail(job, new FramedConnectionLost({ host, port, problem }))
  }

  close(): void {
    this.#closed = true
    for (const job of [...this.#line]) this.#unreachable(job, "the client is closed")
  }

  #send(job: Job, connection: ClientConnection): void {
    job.connection = connection
    job.timer = setTimeout(this.#expire, Math.max(0, job.timeoutMillis - (now() - job.since)), job)
    connection.send(job)
  }

  #wait(job: Job): void {
    this.#line.add(job)
    job.timer = setTimeout(this.#expire, Math.min(job.timeoutMillis, this.#place.waitMillis), job)
  }

  /** While there is no connection `waitMillis` are over, else all of its time may be. */
  readonly #expire = (job: Job): void => {
    const left = job.timeoutMillis - (now() - job.since)
    if (job.connection === undefined && this.#current === undefined) this.#unreachable(job, this.#problem)
    else if (left > 1) job.timer = setTimeout(this.#expire, left, job)
    else this.#timedOut(job)
  }

  #unreachable(job: Job, problem: string): void {
    const { host, port } = this.#place
    this.abandon(job)
    this.fail(job, new FramedUnreachable({ host, port, problem }))
  }

  #timedOut(job: Job): void {
    const { connection, timeoutMillis: millis, type } = job
    this.abandon(job)
    this.fail(job, new FramedTimedOut({ type, millis, sent: connection !== undefined }))
  }

  #full(job: Job): void {
    this.fail(job, new FramedLineFull({ limit: this.#place.maxWaiting }))
  }
}
