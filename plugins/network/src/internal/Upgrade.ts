/** A request that may become a WebSocket. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { AnyFiber } from "../middleware/Middleware.ts"
import type { WebSocketConnection } from "./WebSocketConnection.ts"

interface Surroundings {
  /** Monotonic milliseconds. */
  readonly askedAt: number
  /** Bytes that may wait for the client when one more message is sent. */
  readonly maxBuffered: () => number
  /** Counts a message to the client. */
  readonly sent: () => void
}

export class Upgrade {
  readonly askedAt: number
  readonly maxBuffered: () => number
  readonly sent: () => void
  readonly opened = Deferred.makeUnsafe<WebSocketConnection>()
  connection: WebSocketConnection | undefined = undefined
  /** Of the handler. */
  fiber: AnyFiber = undefined
  /** The handler took too long. */
  isLate = false

  constructor({ askedAt, maxBuffered, sent }: Surroundings) {
    this.askedAt = askedAt
    this.maxBuffered = maxBuffered
    this.sent = sent
  }

  open(connection: WebSocketConnection): void {
    this.connection = connection
    Deferred.doneUnsafe(this.opened, Effect.succeed(connection))
  }

  /** Ends a handler that takes too long. */
  giveUp(): void {
    if (this.isLate) return
    this.isLate = true
    this.fiber?.interruptUnsafe()
  }
}
