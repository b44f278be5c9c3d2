/** Accepts connections for other processes: binds the port and passes every socket on, before a byte of it is read. */
import * as Effect from "effect/Effect"
import * as net from "node:net"
import type { NetworkConfig } from "../config.ts"
import { emptied } from "./acceptQueue.ts"
import { bind, isReused } from "./bind.ts"

export interface Acceptor {
  readonly host: string
  readonly port: number
  /** Passes on whoever waits in the listener's queue, and closes it. */
  readonly stopAccepting: Effect.Effect<void>
}

/** Whether processes that share a port need one that accepts for them. */
export const isNeeded = (tcp: NetworkConfig["tcp"]): boolean => !isReused(tcp)

export const make = Effect.fnUntraced(function*(tcp: NetworkConfig["tcp"], take: (socket: net.Socket) => void) {
  const close = (server: net.Server) => Effect.sync(() => void server.close())
  const server = yield* Effect.acquireRelease(
    Effect.sync(() => net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, take)),
    close
  )
  const { address, port } = yield* bind(server, tcp)
  const stopAccepting = Effect.andThen(emptied(server, tcp.backlog), close(server))
  return { host: address, port, stopAccepting } satisfies Acceptor
})
