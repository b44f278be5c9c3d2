/** The open sockets of one listener: how many per address, and the bytes that they carried. */
import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import type * as net from "node:net"
import type { NetworkConfig } from "../config.ts"
import * as Metrics from "../metrics.ts"
import { addresses } from "./addresses.ts"
import { answerOn } from "./nodeInternals.ts"
import type { Carried, Traffic } from "./traffic.ts"

const refusedPerAddress = Metric.withAttributes(Metrics.refused, { reason: "max_connections_per_ip" })

/** `limits` may change: sockets that are open already stay. */
export const connections = (
  traffic: Traffic,
  limits: Pick<NetworkConfig["tcp"], "max_connections_per_ip">,
  context: Context.Context<never>
) => {
  const { sockets } = traffic
  const enter = addresses()

  /** Closes a socket at once when its address has too many, before a byte of it is read. */
  const admit = (socket: net.Socket): void => {
    if (enter(socket, limits.max_connections_per_ip)) return
    refusedPerAddress.updateUnsafe(1, context)
    socket.destroy()
  }

  const sample = (socket: net.Socket, seen: Carried): void => {
    const { bytesRead, bytesWritten } = socket
    if (bytesRead > seen.read) Metrics.bytesReceived.updateUnsafe(bytesRead - seen.read, context)
    if (bytesWritten > seen.written) Metrics.bytesSent.updateUnsafe(bytesWritten - seen.written, context)
    seen.read = bytesRead
    seen.written = bytesWritten
  }

  const watch = (socket: net.Socket): void => {
    if (socket.destroyed) return
    const seen = { read: 0, written: 0 }
    sockets.set(socket, seen)
    Metrics.connections.modifyUnsafe(1, context)
    socket.once("close", () => {
      sample(socket, seen)
      sockets.delete(socket)
      Metrics.connections.modifyUnsafe(-1, context)
    })
  }

  /** Brings the figures up to date. */
  const sampleAll = (): void => {
    let busy = traffic.sessions.busy()
    for (const [socket, seen] of sockets) {
      sample(socket, seen)
      if (answerOn(socket) !== undefined) busy++
    }
    Metrics.activeConnections.updateUnsafe(busy, context)
    Metrics.activeRequests.updateUnsafe(busy, context)
  }

  return { admit, watch, sampleAll }
}
