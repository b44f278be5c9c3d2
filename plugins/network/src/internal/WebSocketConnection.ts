/**
 * One WebSocket, as `ws` speaks it, with what `ws` leaves to its users: whether the peer is still there, and when to send more to
 * one that is slow.
 */
import * as NodeWS from "@effect/platform-node/NodeWS"
import type { CutReason } from "../metrics.ts"

export interface Patience {
  readonly pingInterval: number
  readonly pongTimeout: number
}

/** More than this on its way, and whoever sends waits. */
const enough = 64 * 1024

export class WebSocketConnection extends NodeWS.WebSocket {
  /** What the server has said first in its close frame. */
  closeSent: number | undefined = undefined
  cutFor: CutReason | undefined = undefined
  #isHeard = true
  #quietSince = 0
  #pingedAt: number | undefined = undefined
  #closingSince: number | undefined = undefined
  readonly #waiting = new Set<() => void>()

  override close(code?: number, reason?: string | Buffer): void {
    this.closeSent ??= code
    super.close(code, reason)
  }

  cut(reason: CutReason): void {
    this.cutFor ??= reason
    this.terminate()
  }

  /** Something came: the peer is there. */
  hear(): void {
    this.#isHeard = true
  }

  /** Pings a peer that is quiet, and cuts one that does not answer. Whom the server itself does not read is not blamed. */
  check(now: number, { pingInterval, pongTimeout }: Patience): void {
    if (this.isPaused) this.#isHeard = true
    if (this.readyState === this.CLOSING) return this.#checkClosing(now, pongTimeout)
    if (this.#isHeard) {
      this.#isHeard = false
      this.#quietSince = now
      this.#pingedAt = undefined
    } else if (this.#pingedAt !== undefined) {
      if (now - this.#pingedAt >= pongTimeout) this.cut("pong_timeout")
    } else if (now - this.#quietSince >= pingInterval) {
      this.#pingedAt = now
      this.ping()
    }
  }

  #checkClosing(now: number, timeout: number): void {
    if (this.#closingSince === undefined || this.isPaused) this.#closingSince = now
    else if (now - this.#closingSince >= timeout) this.cut("close_timeout")
  }

  transmit(message: string | Uint8Array): void {
    this.send(message, this.#flushed)
  }

  get isBehind(): boolean {
    return this.readyState === this.OPEN && this.bufferedAmount > enough
  }

  /** Calls back once, when the peer has caught up or is gone; returns how to forget it. */
  onCaughtUp(resume: () => void): () => void {
    this.#waiting.add(resume)
    return () => this.#waiting.delete(resume)
  }

  /** Nobody waits for a peer that is gone. */
  release(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resume of waiting) resume()
  }

  readonly #flushed = (): void => {
    if (this.#waiting.size > 0 && !this.isBehind) this.release()
  }
}
