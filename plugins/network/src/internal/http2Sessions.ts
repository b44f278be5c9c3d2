/**
 * HTTP/2 on connections that were accepted like all others. A stop announces itself first (RFC 9113 section 6.8), so that no
 * request that is on its way is lost.
 */
import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import * as http2 from "node:http2"
import type { TLSSocket } from "node:tls"
import type { NetworkConfig } from "../config.ts"
import * as Metrics from "../metrics.ts"
import type { Tell } from "./bursts.ts"
import { endFloods, isFlood } from "./http2Floods.ts"
import { type Receive, requests } from "./http2Requests.ts"
import { Session } from "./http2Session.ts"
import * as Raw from "./rawAnswers.ts"
import type { RequestCounts } from "./requestCounts.ts"

/** Requests of one client at a time; as many as browsers want. */
const maxConcurrentStreams = 100

/**
 * A client that begins requests and resets them makes work and waits for none of it (rapid reset, CVE-2023-44487). A page that
 * is left resets at most all of its streams at once, twice.
 */
const resets = { streamResetBurst: 2 * maxConcurrentStreams, streamResetRate: 20 }

/**
 * Megabytes of one session. Nearly all of it are answers that the app has made already; refusing other requests of the client
 * for them would help nobody. What a client can fill by itself is bounded by its streams, their heads and their windows: 8 MB.
 */
const maxSessionMemory = 1024

export interface Sessions {
  /** Speaks HTTP/2 on a connection from now on. */
  readonly accept: (socket: TLSSocket) => void
  /** Ends what has taken longer than the settings allow. */
  readonly sweep: () => void
  /** Requests that are being answered. */
  readonly streams: () => number
  /** Sessions with a request that is being answered. */
  readonly busy: () => number
  /** Tells all clients that an end is near, and refuses nothing yet. */
  readonly announce: () => void
  /** Refuses further streams; what is being answered goes on, and idle sessions end. */
  readonly close: () => void
  readonly destroy: () => void
}

/** Where HTTP/2 is not spoken. */
export const none: Sessions = {
  accept: () => {},
  sweep: () => {},
  streams: () => 0,
  busy: () => 0,
  announce: () => {},
  close: () => {},
  destroy: () => {}
}

const optionsOf = ({ http }: NetworkConfig): http2.ServerSessionOptions => ({
  ...resets,
  maxSessionMemory,
  // In one frame.
  maxSettings: 32,
  maxSessionInvalidFrames: 100,
  maxSessionRejectedStreams: 100,
  settings: { maxConcurrentStreams, maxHeaderListSize: http.max_header_size, enablePush: false }
})

const told = {
  stream_resets: "an HTTP/2 client began requests and reset them faster than it may (rapid reset)",
  flood: "an HTTP/2 client sent PING, SETTINGS or CONTINUATION frames without end",
  protocol: "an HTTP/2 client broke the protocol or a limit of it"
}

/** Connections that break, and clients that say goodbye with an error of their own, are no violations. */
const isViolation = (error: Error): boolean =>
  "code" in error && String(error.code).startsWith("ERR_HTTP2") && error.code !== "ERR_HTTP2_SESSION_ERROR"

const reasonOf = (error: Error, { resets }: Session): keyof typeof told =>
  isFlood(error) ? "flood" : resets >= maxConcurrentStreams ? "stream_resets" : "protocol"

export interface Options {
  /** Read for each connection and request, as its reloadable parts may change. */
  readonly config: NetworkConfig
  readonly context: Context.Context<never>
  readonly counts: RequestCounts
  readonly tell: Tell
  readonly receive: Receive
  readonly isDraining: () => boolean
}

export const make = ({ config, context, counts, isDraining, receive, tell }: Options): Sessions => {
  const sessions = new Set<Session>()
  const answer = Raw.answerStream(counts)
  const onRequest = requests(config.http, answer, receive)

  const refused = ({ address }: Session, reason: keyof typeof told): void => {
    Metric.withAttributes(Metrics.http2Refused, { reason }).updateUnsafe(1, context)
    tell(`http2 ${reason}`, `${told[reason]}: its session was closed. Client: ${address}.`)
  }

  const accept = (socket: TLSSocket): void => {
    const node = http2.performServerHandshake(socket, optionsOf(config))
    const session = new Session(node, socket, config.tcp)
    sessions.add(session)
    socket.once("close", () => sessions.delete(session))
    node.on("error", (error) => {
      if (isViolation(error)) refused(session, reasonOf(error, session))
    })
    endFloods(node, () => refused(session, "flood"))
    node.on("stream", (stream, headers, _flags, rawHeaders) => {
      session.begin(stream)
      onRequest(stream, headers, rawHeaders)
    })
    if (isDraining()) session.announce()
  }

  const each = (act: (session: Session, now: number) => void) => (): void => {
    const now = performance.now()
    for (const session of sessions) act(session, now)
  }

  return {
    accept,
    sweep: each((session, now) => session.sweep(now, answer)),
    streams: () => sessions.values().reduce((sum, { streams }) => sum + streams, 0),
    busy: () => sessions.values().reduce((sum, { streams }) => sum + (streams > 0 ? 1 : 0), 0),
    announce: each((session) => session.announce()),
    close: each((session, now) => session.close(now)),
    destroy: each((session) => session.destroy())
  }
}
