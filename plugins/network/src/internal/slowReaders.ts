/**
 * `write_timeout`: clients that do not take their answers. A timer of every connection would be set twice in every request; one look
 * at all of them sets it where bytes wait, and node notices itself when some of them leave.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as http from "node:http"
import type * as net from "node:net"
import type { NetworkConfig } from "../config.ts"
import { answerOn } from "./nodeInternals.ts"
import { sweeps } from "./sweeps.ts"
import type { Traffic } from "./traffic.ts"

/** Of a connection that has left HTTP its new protocol knows. */
const hasAnswer = (socket: net.Socket): boolean => socket.writableEnded || answerOn(socket) !== undefined

/** Never returns. `tcp` may change meanwhile. */
export const slowReaders = (
  server: http.Server,
  { sockets }: Traffic,
  tcp: Pick<NetworkConfig["tcp"], "write_timeout">
): Effect.Effect<never> => {
  const round = Effect.sync(() => {
    const limit = Duration.toMillis(tcp.write_timeout)
    for (const socket of sockets.keys()) {
      if (socket.writableLength > 0 && socket.timeout !== limit && hasAnswer(socket)) socket.setTimeout(limit)
    }
  })
  // The timer between two requests is the same one. Who computes is spared.
  server.on("timeout", (socket: net.Socket) => {
    if (answerOn(socket) === undefined || socket.writableLength > 0) socket.destroy()
  })
  return sweeps(() => tcp.write_timeout, round)
}
