/**
 * Frames that wait to be written. Those of one turn of the event loop are written together, and they wait on while the peer
 * takes nothing.
 */
import type * as net from "node:net"
import process from "node:process"
import { type Outgoing, piecesOf } from "./outgoing.ts"
import type { Rules } from "./Owner.ts"

export class Outbox {
  readonly #socket: net.Socket
  readonly #rules: Pick<Rules, "writeHighWater">
  readonly #drained: () => void
  #queue: Array<Outgoing> = []
  #queuedBytes = 0
  #flushScheduled = false

  /** `drained` is told each time that bytes went out and more may follow. */
  constructor(socket: net.Socket, rules: Pick<Rules, "writeHighWater">, drained: () => void) {
    this.#socket = socket
    this.#rules = rules
    this.#drained = drained
  }

  add(frame: Outgoing): void {
    this.#queue.push(frame)
    this.#queuedBytes += frame.payload.length
    if (this.#flushScheduled) return
    this.#flushScheduled = true
    process.nextTick(this.#flushLater)
  }

  /** Whether so much waits that the peer has to take some of it first. What can go is written before it is judged. */
  isFull(): boolean {
    if (this.#queuedBytes > this.#rules.writeHighWater && !this.#isBlocked) this.flush()
    return this.#isBlocked || this.#queuedBytes > this.#rules.writeHighWater
  }

  flush(): void {
    if (this.#queue.length === 0 || !this.#socket.writable) return
    const pieces = piecesOf(this.#queue)
    this.#queue = []
    this.#queuedBytes = 0
    if (pieces.length === 1 && pieces[0] !== undefined) this.#socket.write(pieces[0], this.#written)
    else this.#writeTogether(pieces)
  }

  /** The connection is closed: nobody will take what waits. */
  clear(): void {
    this.#queue = []
  }

  get #isBlocked(): boolean {
    return this.#socket.writableLength > this.#rules.writeHighWater
  }

  readonly #flushLater = (): void => {
    this.#flushScheduled = false
    if (!this.#isBlocked) this.flush()
  }

  #writeTogether(pieces: ReadonlyArray<Uint8Array>): void {
    this.#socket.cork()
    for (const piece of pieces) this.#socket.write(piece, this.#written)
    this.#socket.uncork()
  }

  readonly #written = (): void => {
    if (this.#isBlocked) return
    if (!this.#flushScheduled) this.flush()
    this.#drained()
  }
}
