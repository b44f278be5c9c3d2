/**
 * The WebSockets of one listener: who gets one, whether their peers are still there, and how a stop sends them away. `ws` speaks the
 * protocol: bad frames, lengths and texts end a connection there, with the code that RFC 6455 names.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Metric from "effect/Metric"
import type * as http from "node:http"
import type { Duplex } from "node:stream"
import type { NetworkConfig } from "../config.ts"
import * as Metrics from "../metrics.ts"
import { closing } from "../middleware/limits.ts"
import * as Problem from "../Problem.ts"
import type { Exchange } from "./exchange.ts"
import type { RequestCounts } from "./requestCounts.ts"
import { Upgrade } from "./Upgrade.ts"
import type { Switching } from "./upgrades.ts"
import { Acceptor } from "./webSocketAcceptor.ts"
import type { WebSocketConnection } from "./WebSocketConnection.ts"
import * as Figures from "./webSocketFigures.ts"
import { faultOf, fieldsOf } from "./webSocketHandshake.ts"

const off: Problem.Occurrence = {
  code: "network.receive",
  status: 501,
  detail: "This server opens no WebSockets. Set network.websocket.enabled to true."
}

const stopping: Problem.Occurrence = {
  code: "common.cancelled",
  status: 503,
  plugin: "network",
  detail: "The server is stopping. Connect again."
}

const full = (limit: number): Problem.Occurrence => ({
  code: "common.not_initialized",
  plugin: "network",
  detail: `All ${limit} WebSockets of this server are taken. Connect again later, ` +
    "or raise network.websocket.max_connections."
})

const millis = (duration: Duration.Duration): number => Duration.toMillis(duration)

/** How late a deadline may be noticed. */
const period = ({ handshake_timeout, ping_interval, pong_timeout }: NetworkConfig["websocket"]): number =>
  Math.max(10, Math.min(1000, ...[handshake_timeout, ping_interval, pong_timeout].map((limit) => millis(limit) / 4)))

interface Parts {
  readonly config: Pick<NetworkConfig, "http" | "websocket">
  readonly counts: RequestCounts
  readonly figures: Figures.Figures
  readonly clock: Clock.Clock
}

const goAway = (connection: WebSocketConnection): void => connection.close(1001, "The server is stopping.")

/** The settings are read for each handshake and message: they may change. */
export class WebSockets {
  readonly acceptor: Acceptor
  readonly #parts: Parts
  readonly #asking = new Map<http.IncomingMessage, { readonly exchange: Exchange; readonly switching: Switching }>()
  readonly #open = new Set<WebSocketConnection>()
  #isLeaving = false

  constructor(parts: Parts) {
    this.#parts = parts
    this.acceptor = new Acceptor(parts.config, {
      accepted: (connection, request) => this.#accepted(connection, request),
      switched: (request) => this.#switched(request),
      refused: () => parts.counts.refused(400)
    })
  }

  get #now(): number {
    return Number(this.#parts.clock.monotonicTimeNanosUnsafe() / 1_000_000n)
  }

  /** Makes a WebSocket of an exchange possible, or says why not. */
  ask(exchange: Exchange, socket: Duplex, switching: Switching): HttpServerResponse | undefined {
    const { config, figures } = this.#parts
    const occurrence = this.#limit() ?? faultOf(exchange, config)
    if (occurrence !== undefined) {
      return Problem.toResponse(Problem.make(occurrence, exchange), { ...fieldsOf(occurrence), ...closing })
    }
    const maxBuffered = () => config.websocket.max_buffered
    exchange.upgrade = new Upgrade({ askedAt: this.#now, maxBuffered, sent: figures.sent })
    this.#asking.set(exchange.request, { exchange, switching })
    socket.once("close", () => this.#asking.delete(exchange.request))
    return undefined
  }

  #limit(): Problem.Occurrence | undefined {
    const { enabled, max_connections } = this.#parts.config.websocket
    if (!enabled) return off
    // Until then a client has come in time: a close with 1001 tells it more than a handshake that fails.
    if (this.#isLeaving) return stopping
    return this.#open.size + this.#asking.size >= max_connections ? full(max_connections) : undefined
  }

  #switched(request: http.IncomingMessage): Readonly<Record<string, string>> {
    const asked = this.#asking.get(request)
    return asked === undefined ? {} : asked.switching(asked.exchange)
  }

  #accepted(connection: WebSocketConnection, request: http.IncomingMessage): void {
    const upgrade = this.#asking.get(request)?.exchange.upgrade
    this.#asking.delete(request)
    if (upgrade === undefined) return connection.terminate()
    const { figures } = this.#parts
    this.#open.add(connection)
    figures.opened()
    const hear = (): void => connection.hear()
    connection.on("message", figures.received).on("message", hear).on("ping", hear).on("pong", hear)
    // What is wrong with a peer is told by the code of the close.
    connection.on("error", () => {})
    connection.on("close", (code: number) => this.#closed(connection, upgrade, connection.closeSent ?? code))
    upgrade.open(connection)
    if (this.#isLeaving) goAway(connection)
  }

  #closed(connection: WebSocketConnection, { fiber }: Upgrade, code: number): void {
    const { config, figures } = this.#parts
    const { cutFor } = connection
    this.#open.delete(connection)
    connection.release()
    figures.closed(code, cutFor)
    if (!config.http.access_log || fiber === undefined) return
    const annotations = cutFor === undefined ? { code } : { code, cut: cutFor }
    Effect.runForkWith(fiber.context)(Effect.annotateLogs(Effect.logInfo("websocket closed"), annotations))
  }

  /** Looks after all peers, and after handlers that take too long. */
  check(): void {
    const { handshake_timeout, ping_interval, pong_timeout } = this.#parts.config.websocket
    const now = this.#now
    const patience = { pingInterval: millis(ping_interval), pongTimeout: millis(pong_timeout) }
    for (const connection of this.#open) connection.check(now, patience)
    for (const { exchange: { upgrade } } of this.#asking.values()) {
      if (upgrade !== undefined && now - upgrade.askedAt >= millis(handshake_timeout)) upgrade.giveUp()
    }
  }

  /** Says goodbye to all; whoever comes later hears it at once. */
  leave(): void {
    this.#isLeaving = true
    for (const connection of this.#open) goAway(connection)
  }

  /** Breaks off whoever is still there, and tells how many. */
  cut(): number {
    const { size } = this.#open
    this.leave()
    for (const connection of this.#open) connection.cut("stop")
    return size
  }
}

/** Who has not answered the goodbye has used up the budget of the stop. */
const cutAll = (sockets: WebSockets) =>
  Effect.suspend(() => {
    const cut = sockets.cut()
    if (cut === 0) return Effect.void
    return Effect.andThen(Metric.update(Metrics.cut, cut), Effect.logWarning(`stop: ${cut} WebSockets were cut off`))
  })

/** Until the scope closes. */
export const make = Effect.fnUntraced(function*(parts: Omit<Parts, "clock" | "figures">) {
  const clock = Context.get(yield* Effect.context<never>(), Clock.Clock)
  const sockets = new WebSockets({ ...parts, clock, figures: yield* Figures.make })
  yield* Effect.addFinalizer(() => cutAll(sockets))
  const pause = Effect.suspend(() => Effect.sleep(period(parts.config.websocket)))
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(pause, Effect.sync(() => sockets.check()))))
  return sockets
})
