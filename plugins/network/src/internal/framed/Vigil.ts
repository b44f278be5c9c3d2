/**
 * What time does to one connection: pure, the caller brings the clock. Bytes of any kind are a sign of life; a peer that is
 * silent for an interval is pinged, and given up when it stays silent. A frame that has begun must come to its end.
 */

/** In milliseconds, read where they are used. */
export interface Deadlines {
  /** From the connection to its first whole frame. */
  readonly handshake: number
  /** From the first byte of a frame to its last. */
  readonly read: number
  readonly heartbeatInterval: number
  readonly heartbeatTimeout: number
  /** Without a request. */
  readonly idle: number
}

export type Overdue = "handshake_timeout" | "read_timeout" | "heartbeat_timeout" | "idle_timeout"

/** How the connection is doing at this moment. */
interface State {
  /** False while back-pressure keeps what the peer sends unread: its silence then says nothing. */
  readonly isReading: boolean
  /** Whether a request is under way. */
  readonly isBusy: boolean
}

export class Vigil {
  readonly #deadlines: Deadlines
  readonly #opened: number
  #established = false
  #heard: number
  #pinged: number
  #awaitsPong = false
  #frameSince: number | undefined
  #worked: number

  constructor(deadlines: Deadlines, now: number) {
    this.#deadlines = deadlines
    this.#opened =
      this.#heard =
      this.#pinged =
      this.#worked =
        now
  }

  /** Bytes came, `frames` whole frames among them; `isPartial`: the last one is not complete. */
  heard(now: number, frames: number, isPartial: boolean): void {
    this.#heard = now
    this.#awaitsPong = false
    if (frames > 0) this.#established = true
    if (!isPartial) this.#frameSince = undefined
    else if (frames > 0 || this.#frameSince === undefined) this.#frameSince = now
  }

  /** What is due: a ping, the end of the connection for a reason, or nothing. */
  due(now: number, { isBusy, isReading }: State): "ping" | Overdue | undefined {
    const { handshake, idle, read } = this.#deadlines
    if (!this.#established) return now - this.#opened > handshake ? "handshake_timeout" : undefined
    if (isBusy) this.#worked = now
    if (!isReading) return this.#deaf(now)
    if (this.#frameSince !== undefined && now - this.#frameSince > read) return "read_timeout"
    if (now - this.#worked > idle) return "idle_timeout"
    return this.#beat(now)
  }

  #beat(now: number): "ping" | "heartbeat_timeout" | undefined {
    const { heartbeatInterval, heartbeatTimeout } = this.#deadlines
    if (this.#awaitsPong) return now - this.#pinged > heartbeatTimeout ? "heartbeat_timeout" : undefined
    if (now - this.#heard <= heartbeatInterval) return undefined
    this.#awaitsPong = true
    this.#pinged = now
    return "ping"
  }

  /** The peer is told that somebody is there, and cannot be asked the same. */
  #deaf(now: number): "ping" | undefined {
    this.#heard = now
    this.#awaitsPong = false
    if (this.#frameSince !== undefined) this.#frameSince = now
    if (now - this.#pinged <= this.#deadlines.heartbeatInterval) return undefined
    this.#pinged = now
    return "ping"
  }
}
