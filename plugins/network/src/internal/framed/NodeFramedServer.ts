/** The listener of the framed server on `node:net` and `node:tls`: who may connect, what is counted and told, how it stops. */
import { ErrorRegistry } from "@heptad/common"
import { Lifecycle } from "@heptad/kernel"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import * as Tracer from "effect/Tracer"
import * as net from "node:net"
import type { NetworkConfig } from "../../config.ts"
import * as Metrics from "../../metrics.ts"
import { emptied } from "../acceptQueue.ts"
import { addresses } from "../addresses.ts"
import { reusedByOthers } from "../bind.ts"
import { bursts, type Tell } from "../bursts.ts"
import * as Listening from "../listening.ts"
import { answering, type Call, count, cutByStop } from "./answer.ts"
import { Connection, type Host } from "./Connection.ts"
import type { Rules } from "./Owner.ts"
import { sentenceOf } from "./refusals.ts"
import type { Routes } from "./routes.ts"
import { secure } from "./secure.ts"
import { tickOf } from "./tick.ts"

/** Changed in place when the settings change. */
export type Settings = { -readonly [Key in keyof NetworkConfig["framed"]]: NetworkConfig["framed"][Key] }

export interface Listener {
  readonly host: string
  readonly port: number
  readonly listening: () => boolean
  /** Stops accepting, and asks every client to send nothing new. */
  readonly stopAccepting: Effect.Effect<void>
  /** Returns when no connection is left. */
  readonly drained: Effect.Effect<void>
}

const backlog = 1024

const keys = {
  address: "network.framed.bind_address",
  addressEnv: "UNIFIED_NETWORK_FRAMED_BIND_ADDRESS",
  port: "network.framed.port",
  portEnv: "UNIFIED_NETWORK_FRAMED_PORT"
}

const { toMillis } = Duration

/** Sizes and numbers may change; deadlines do not. */
const rulesOf = (settings: Settings): Rules => ({
  get maxFrame() {
    return settings.max_frame_size
  },
  get maxInFlight() {
    return settings.max_in_flight
  },
  get writeHighWater() {
    return settings.write_high_water_mark
  },
  write: toMillis(settings.write_timeout),
  handshake: toMillis(settings.handshake_timeout),
  read: toMillis(settings.read_timeout),
  heartbeatInterval: toMillis(settings.heartbeat_interval),
  heartbeatTimeout: toMillis(settings.heartbeat_timeout),
  idle: toMillis(settings.idle_timeout)
})

/**
 * Whoever sent everything over plain TCP may close that half and still be answered. In TLS that would keep clients which leave
 * within the handshake until its deadline.
 */
const create = Effect.fnUntraced(function*(settings: Settings, tls: NetworkConfig["tls"]) {
  return settings.tls
    ? yield* secure(tls, { noDelay: true }, settings.handshake_timeout)
    : net.createServer({ allowHalfOpen: true, noDelay: true })
})

const meter = <M extends Metric.Metric<number, unknown>>(metric: M, reason: string) =>
  Metric.withAttributes(metric, { reason })

/** Where figures go, and who tells what clients do wrong. */
interface Observer {
  readonly context: Context.Context<never>
  readonly tell: Tell
}

const sampled = (socket: net.Socket, context: Context.Context<never>) => {
  let [read, written] = [0, 0]
  return () => {
    Metrics.framedBytesReceived.updateUnsafe(socket.bytesRead - read, context)
    Metrics.framedBytesSent.updateUnsafe(socket.bytesWritten - written, context)
    read = socket.bytesRead
    written = socket.bytesWritten
  }
}

/** Closes a socket before a byte of it is read when there are too many. */
const admission = (settings: Settings, refuse: (reason: string, socket: net.Socket) => void) => {
  const enter = addresses()
  let open = 0
  return (socket: net.Socket): void => {
    const isFull = open >= settings.max_connections
    if (!isFull && enter(socket, settings.max_connections_per_ip)) {
      open++
      socket.once("close", () => open--)
      return
    }
    refuse(isFull ? "max_connections" : "max_connections_per_ip", socket)
    socket.destroy()
  }
}

/** The open connections, each with what brings its figures up to date. */
type Connections = Map<Connection, () => void>

const hostOf = (
  rules: Rules,
  answer: (call: Call) => Effect.Effect<void>,
  connections: Connections,
  { context, tell }: Observer
): Host => {
  const fork = Effect.runForkWith(context)
  return {
    rules,
    start: (call) => fork(answer(call)),
    refused: (reason, remoteAddress) => {
      meter(Metrics.framedRefused, reason).updateUnsafe(1, context)
      tell(reason, `framed: a connection of ${remoteAddress} was closed: ${reason}. ${sentenceOf(reason)}`)
    },
    cut: (reason, remoteAddress) => {
      meter(Metrics.framedConnectionsCut, reason).updateUnsafe(1, context)
      tell(reason, `framed: a connection of ${remoteAddress} was given up: ${reason}`)
    },
    closed: (connection) => {
      for (const call of connection.calls) count(call, "cancelled", context)
      connections.get(connection)?.()
      connections.delete(connection)
      Metrics.framedConnections.modifyUnsafe(-1, context)
    }
  }
}

/** Before the server's own listeners see them. */
const guard = (server: net.Server, settings: Settings, host: Host, connections: Connections, observer: Observer) => {
  const { context, tell } = observer
  const refuse = (reason: string, { remoteAddress }: net.Socket): void => {
    meter(Metrics.framedConnectionsRefused, reason).updateUnsafe(1, context)
    tell(reason, `framed: a connection of ${remoteAddress ?? "a client"} was refused: ${reason}`)
  }
  server.prependListener("connection", admission(settings, refuse))
  server.on("tlsClientError", (_error: unknown, socket: net.Socket) => refuse("tls", socket))
  server.on(settings.tls ? "secureConnection" : "connection", (socket: net.Socket) => {
    if (socket.destroyed) return
    Metrics.framedConnections.modifyUnsafe(1, context)
    connections.set(new Connection(socket, host), sampled(socket, context))
  })
}

const ticking = (connections: Connections) =>
  Effect.sync(() => {
    for (const [connection, sample] of connections) {
      sample()
      connection.tick()
    }
  })

/** What is still being answered when the scope closes has used up its budget. */
const cutOff = (connections: Connections, { context }: Observer) =>
  Effect.suspend(() => {
    const calls = [...connections.keys()].flatMap((connection) => connection.calls)
    for (const call of calls) count(call, "cut", context)
    for (const connection of connections.keys()) connection.cutOff(cutByStop)
    if (calls.length === 0) return Effect.void
    return Effect.andThen(
      Metric.update(Metrics.cut, calls.length),
      Effect.logWarning(`stop: ${calls.length} framed requests were cut off`)
    )
  })

const draining = (server: net.Server, connections: Connections) => {
  const close = Effect.sync(() => {
    server.close()
    for (const connection of connections.keys()) connection.leave()
  })
  return {
    stopAccepting: Effect.ensuring(emptied(server, backlog), close),
    drained: Effect.sleep("10 millis").pipe(Effect.repeat({ until: () => connections.size === 0 }), Effect.asVoid)
  }
}

const answerBy = Effect.fnUntraced(function*(routes: Routes, settings: Settings) {
  const { phase } = yield* Lifecycle
  return answering({ routes, settings, phase, registry: yield* ErrorRegistry })
})

/** Binds, and answers by `routes` until the scope closes. */
export const make = Effect.fnUntraced(
  function*(settings: Settings, tlsSettings: NetworkConfig["tls"], routes: Routes) {
    const context = Context.omit(Tracer.ParentSpan)(yield* Effect.context<never>())
    const observer = { context, tell: bursts(context) }
    const connections: Connections = new Map()
    const rules = rulesOf(settings)
    const host = hostOf(rules, yield* answerBy(routes, settings), connections, observer)
    const server = yield* create(settings, tlsSettings)
    yield* Effect.addFinalizer(() => Effect.sync(() => server.close()))
    guard(server, settings, host, connections, observer)
    yield* Effect.addFinalizer(() => cutOff(connections, observer))
    yield* Effect.forkScoped(Effect.repeat(ticking(connections), Schedule.spaced(tickOf(rules))))
    const { bind_address, port } = settings
    const reusePort = yield* reusedByOthers
    const bound = yield* Listening.listen(server, { host: bind_address, port, backlog, reusePort }, keys)
    const listener: Listener = {
      host: bound.address,
      port: bound.port,
      listening: () => server.listening,
      ...draining(server, connections)
    }
    return listener
  }
)
