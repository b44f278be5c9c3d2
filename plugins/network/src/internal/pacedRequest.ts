/**
 * The request of a WebSocket whose sender waits for a slow peer. Effect's own sender hands every message to `ws`, which keeps what
 * the peer does not take; here a handler that sends one message after the other is held back, and one that does not wait loses
 * the peer before the memory.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as Socket from "effect/socket/Socket"
import type { Upgrade } from "./Upgrade.ts"
import type { WebSocketConnection } from "./WebSocketConnection.ts"

type Message = string | Uint8Array

const gone = Effect.fail(
  new Socket.SocketError({
    reason: new Socket.SocketWriteError({ cause: new Error("The WebSocket is closed.") })
  })
)

const caughtUp = (connection: WebSocketConnection) =>
  Effect.callback<void>((resume) => {
    const forget = connection.onCaughtUp(() => resume(Effect.void))
    return Effect.sync(forget)
  })

const transmit = (upgrade: Upgrade, connection: WebSocketConnection, message: Message) =>
  Effect.suspend(() => {
    if (connection.readyState !== connection.OPEN) return gone
    if (connection.bufferedAmount > upgrade.maxBuffered()) {
      connection.cut("slow_reader")
      return gone
    }
    connection.transmit(message)
    upgrade.sent()
    return connection.isBehind ? caughtUp(connection) : Effect.void
  })

const writerOf = (upgrade: Upgrade, socket: Socket.Socket): Socket.Socket["writer"] => {
  const send = (message: Message) =>
    Effect.flatMap(Deferred.await(upgrade.opened), (connection) => transmit(upgrade, connection, message))
  return Effect.map(socket.writer, (own) => ({
    write: (chunk) => Socket.isCloseEvent(chunk) ? own.write(chunk) : send(chunk),
    writeAll: (chunks) => Effect.forEach(chunks, send, { discard: true })
  }))
}

const paced = (upgrade: Upgrade, socket: Socket.Socket): Socket.Socket =>
  Socket.make({ reader: socket.reader, writer: writerOf(upgrade, socket) })

/** Opens what the request asks for in this way; so does what comes of it by `modify`, as routers do it. */
export const opening = (
  request: HttpServerRequest,
  through: (upgradeWith: HttpServerRequest["upgradeWith"]) => HttpServerRequest["upgradeWith"]
): HttpServerRequest => {
  const modify = request.modify.bind(request)
  const open = through(request.upgradeWith.bind(request))
  return Object.defineProperties(request, {
    upgrade: { value: open({}) },
    upgradeWith: { value: open },
    modify: {
      value: (changes: Parameters<HttpServerRequest["modify"]>[0]) => opening(modify(changes), through)
    }
  })
}

export const pacedRequest = (upgrade: Upgrade, request: HttpServerRequest): HttpServerRequest =>
  opening(request, (upgradeWith) => (options) => Effect.map(upgradeWith(options), (socket) => paced(upgrade, socket)))
