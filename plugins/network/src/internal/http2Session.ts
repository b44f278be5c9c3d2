/**
 * One client that speaks HTTP/2. Node has no deadlines for sessions and streams: those of the settings are kept here, by a look at
 * all of them now and then.
 */
import * as Duration from "effect/Duration"
import * as http2 from "node:http2"
import type { TLSSocket } from "node:tls"
import type { NetworkConfig } from "../config.ts"
import * as Raw from "./rawAnswers.ts"

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE } = http2.constants

/** How long a session that was closed waits for the client to close the connection. */
const lingerMillis = 1000

/** The largest id of a stream: a GOAWAY with it says that an end is near, and refuses nothing yet. */
const everyStream = 2 ** 31 - 1

const millis = Duration.toMillis

/** A request, and whether all of it has arrived. */
class Stream {
  readonly #stream: http2.ServerHttp2Stream
  readonly #startedAt = performance.now()
  #received = false

  constructor(stream: http2.ServerHttp2Stream, writeTimeout: number) {
    this.#stream = stream
    stream.on("error", () => {})
    // Node notices progress of a write itself; only who does not take what waits for it is cut off.
    stream.on("timeout", () => {
      if (stream.writableLength > 0) stream.close(NGHTTP2_CANCEL)
    })
    stream.setTimeout(writeTimeout)
  }

  get #isReceived(): boolean {
    this.#received ||= this.#stream.endAfterHeaders ||
      (this.#stream.state.state ?? 0) >= NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE
    return this.#received
  }

  sweep(now: number, readTimeout: number, answer: Raw.AnswerStream): void {
    if (now - this.#startedAt < readTimeout || this.#isReceived) return
    if (this.#stream.headersSent) this.#stream.close(NGHTTP2_CANCEL)
    else answer(this.#stream, Raw.tooSlow)
  }
}

export class Session {
  /** A socket that is closed has lost it. */
  readonly address: string | undefined
  /** How many requests the client has begun and taken back. */
  resets = 0
  readonly #session: http2.ServerHttp2Session
  readonly #socket: TLSSocket
  readonly #tcp: NetworkConfig["tcp"]
  readonly #streams = new Map<http2.ServerHttp2Stream, Stream>()
  #idleSince = performance.now()
  /** Before the first request a session has the time of a first request, afterwards that of an idle connection. */
  #isUsed = false
  #isAnnounced = false
  #closedAt: number | undefined

  constructor(session: http2.ServerHttp2Session, socket: TLSSocket, tcp: NetworkConfig["tcp"]) {
    this.#session = session
    this.#socket = socket
    this.#tcp = tcp
    this.address = socket.remoteAddress
  }

  /** Requests that are being answered. */
  get streams(): number {
    return this.#streams.size
  }

  begin(stream: http2.ServerHttp2Stream): void {
    this.#isUsed = true
    this.#streams.set(stream, new Stream(stream, millis(this.#tcp.write_timeout)))
    stream.once("close", () => {
      this.#streams.delete(stream)
      if (stream.rstCode === NGHTTP2_CANCEL) this.resets++
      if (this.#streams.size === 0) this.#idleSince = performance.now()
    })
  }

  /** Tells the client that an end is near. */
  announce(): void {
    if (this.#isAnnounced || this.#session.destroyed) return
    this.#isAnnounced = true
    this.#session.goaway(NGHTTP2_NO_ERROR, everyStream)
  }

  /** Refuses further streams; what is being answered goes on. Who keeps the connection for long after that loses it. */
  close(now: number): void {
    if (this.#closedAt === undefined) {
      this.#closedAt = now
      this.#session.close()
    } else if (this.streams === 0 && now - Math.max(this.#closedAt, this.#idleSince) > lingerMillis) {
      this.#socket.destroy()
    }
  }

  /** Ends what has taken longer than the settings allow. */
  sweep(now: number, answer: Raw.AnswerStream): void {
    for (const stream of this.#streams.values()) stream.sweep(now, millis(this.#tcp.read_timeout), answer)
    const limit = millis(this.#isUsed ? this.#tcp.keepalive_timeout : this.#tcp.connection_timeout)
    const isIdle = this.streams === 0 && now - this.#idleSince > limit
    if (isIdle || this.#closedAt !== undefined || this.#session.closed) this.close(now)
  }

  destroy(): void {
    this.#session.destroy()
    this.#socket.destroy()
  }
}
