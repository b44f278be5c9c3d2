/** Where the connections of a server come from: its own listener, or another process that hands them over. */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as net from "node:net"
import type { NetworkConfig } from "../config.ts"
import * as Metrics from "../metrics.ts"
import { emptied } from "./acceptQueue.ts"
import { bind } from "./bind.ts"
import { type HandedOver, SharedPort } from "./SharedPort.ts"

export interface Port {
  readonly host: string
  readonly port: number
  readonly listening: () => boolean
  /** Returns when nobody is left who waits to be accepted. */
  readonly emptied: Effect.Effect<void>
  readonly close: Effect.Effect<void>
  /** Whether it is closed, and the last connection is. */
  readonly gone: () => boolean
}

type Tcp = NetworkConfig["tcp"]

const own = Effect.fnUntraced(function*(server: net.Server, tcp: Tcp) {
  const { address, port } = yield* bind(server, tcp)
  let gone = false
  return {
    host: address,
    port,
    listening: () => server.listening,
    emptied: emptied(server, tcp.backlog),
    close: Effect.sync(() => {
      // The close of `http.Server` also closes idle connections, on which a client may be sending at this moment.
      net.Server.prototype.close.call(server, () => {
        gone = true
      })
    }),
    gone: () => gone
  } satisfies Port
})

const refusedInTotal = Metric.withAttributes(Metrics.refused, { reason: "max_connections" })

/** Who accepts closes first, so whatever still comes was accepted in time and is served. */
const handed = Effect.fnUntraced(
  function*(server: net.Server, { tcp_nodelay }: Tcp, { host, left, port, receive }: HandedOver) {
    const context = yield* Effect.context<never>()
    const sockets = new Set<net.Socket>()
    let closing = false
    const take = (socket: net.Socket): void => {
      socket.once("close", left)
      if (sockets.size >= server.maxConnections) {
        refusedInTotal.updateUnsafe(1, context)
        socket.destroy()
        return
      }
      sockets.add(socket)
      socket.once("close", () => sockets.delete(socket))
      // As a listener would have made it.
      socket.allowHalfOpen = true
      socket.setNoDelay(tcp_nodelay)
      server.emit("connection", socket)
    }
    // Node begins to look after the deadlines of requests when a server listens, which this one never will.
    server.emit("listening")
    yield* Effect.acquireRelease(Effect.sync(() => receive(take)), (stop) => Effect.sync(stop))
    return {
      host,
      port,
      listening: () => !closing,
      emptied: Effect.void,
      close: Effect.sync(() => {
        closing = true
      }),
      gone: () => closing && sockets.size === 0
    } satisfies Port
  }
)

export const portOf = Effect.fnUntraced(function*(server: net.Server, tcp: Tcp) {
  const shared = yield* SharedPort
  return yield* shared?.handedOver === undefined ? own(server, tcp) : handed(server, tcp, shared.handedOver)
})
