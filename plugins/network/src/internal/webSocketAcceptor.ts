/** The server half of `ws`: checks what is left of a handshake, and answers 101. */
import * as NodeWS from "@effect/platform-node/NodeWS"
import type * as http from "node:http"
import type { Duplex } from "node:stream"
import type { NetworkConfig } from "../config.ts"
import { refuseHandshake } from "./rawAnswers.ts"
import { WebSocketConnection } from "./WebSocketConnection.ts"

export interface Told {
  readonly accepted: (connection: WebSocketConnection, request: http.IncomingMessage) => void
  /** Header fields for the 101. */
  readonly switched: (request: http.IncomingMessage) => Readonly<Record<string, string>>
  readonly refused: () => void
}

/** Contexts of compression are not kept between messages: they would cost each connection some hundred KiB. */
const deflate = ({ compression: { concurrency, enabled, min_size } }: NetworkConfig["websocket"]) =>
  enabled && {
    threshold: min_size,
    concurrencyLimit: concurrency,
    serverNoContextTakeover: true,
    clientNoContextTakeover: true
  }

export class Acceptor extends NodeWS.WebSocketServer {
  readonly #config: Pick<NetworkConfig, "websocket">
  readonly #told: Told

  constructor(config: Pick<NetworkConfig, "websocket">, told: Told) {
    super({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: deflate(config.websocket),
      WebSocket: WebSocketConnection
    })
    this.#config = config
    this.#told = told
    this.on("headers", (lines, request) => {
      for (const [name, value] of Object.entries(told.switched(request))) lines.push(`${name}: ${value}`)
    })
    this.on("wsClientError", (_error, socket) => {
      told.refused()
      refuseHandshake(socket)
    })
  }

  override handleUpgrade(
    request: http.IncomingMessage,
    socket: Duplex,
    head: Buffer,
    callback: (client: NodeWS.WebSocket, request: http.IncomingMessage) => void
  ): void {
    this.options.maxPayload = this.#config.websocket.max_message_size
    super.handleUpgrade(request, socket, head, (connection, request) => {
      if (connection instanceof WebSocketConnection) this.#told.accepted(connection, request)
      callback(connection, request)
    })
  }
}
