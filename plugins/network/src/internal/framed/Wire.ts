/**
 * One end of a connection, server's or client's: bytes to frames and back, pings, deadlines, back-pressure. What frames mean
 * is the business of its owner.
 */
import type * as net from "node:net"
import process from "node:process"
import { connectionId, type Frame, kinds, pongBytes } from "./frame.ts"
import { FrameParser } from "./FrameParser.ts"
import { type Outgoing, piecesOf } from "./outgoing.ts"
import { encodeRefusal, type Reason, refusalOf } from "./refusals.ts"
import { type Deadlines, type Overdue, Vigil } from "./Vigil.ts"

/** Read where they are used, so that they may change. */
export interface Rules extends Deadlines {
  /** Largest payload that this end takes. */
  readonly maxFrame: number
  /** Messages that this end works on at a time; told to the peer. */
  readonly maxInFlight: number
  /** Bytes that wait for the peer to take them; beyond it nothing more is read from it. */
  readonly writeHighWater: number
  /** Without the peer taking a byte. */
  readonly write: number
}

/** Why this end gave the connection up. */
export type Cut = Exclude<Overdue, "idle_timeout"> | "write_timeout"

/** The limits of the other end. */
export interface Limits {
  readonly maxFrame: number
  readonly maxInFlight: number
}

export interface Owner {
  /** Whether the next message may be handed over; when not, `resume` says later that it may. */
  readonly isReady: () => boolean
  readonly isBusy: () => boolean
  /** A message, reply, error or goaway. Answers what is wrong with it. */
  readonly receive: (frame: Frame) => Reason | undefined
  readonly pong: (id: number, limits: Limits) => void
  readonly refused: (reason: Reason) => void
  readonly cut: (reason: Cut) => void
  /** There was nothing to do for so long that the connection should go. */
  readonly idle: () => void
  /** The peer sends nothing more. */
  readonly ended: () => void
  readonly closed: () => void
}

/** In any second. */
const maxPings = 10

/** More cannot be written, so a higher limit is none. */
const largest = 0xffff_ffff

/** For the peer to read why it was refused, and to close. */
const lingerMillis = 1000

const now = (): number => performance.now()

export class Wire {
  readonly #socket: net.Socket
  readonly #rules: Rules
  readonly #owner: Owner
  /** A server stops reading when its answers are not taken. A client that did so too could wait for it for ever. */
  readonly #stopsReading: boolean
  readonly #parser: FrameParser
  readonly #vigil: Vigil
  #queue: Array<Outgoing> = []
  #queuedBytes = 0
  #flushScheduled = false
  /** A message that came while it could not be taken: nothing is read before it. */
  #held: Frame | undefined
  #pulling = false
  #endedAt: number | undefined
  #peerHasEnded = false
  #gaveUp = false
  #pingId = 0
  #pings = 0
  #pingsSince = 0

  constructor(socket: net.Socket, rules: Rules, owner: Owner, side: "server" | "client") {
    this.#socket = socket
    this.#rules = rules
    this.#owner = owner
    this.#stopsReading = side === "server"
    this.#parser = new FrameParser(() => rules.maxFrame)
    this.#vigil = new Vigil(rules, now())
    socket.setTimeout(rules.write, () => this.#noProgress())
    socket.on("data", (piece: Buffer) => this.#read(piece))
    socket.on("end", () => this.#peerEnded())
    // What went wrong shows itself by the close that follows.
    socket.on("error", () => {})
    socket.on("close", () => this.#closed())
  }

  get isOpen(): boolean {
    return this.#endedAt === undefined && !this.#socket.destroyed
  }

  send(frame: Outgoing): void {
    if (!this.isOpen) return
    this.#queue.push(frame)
    this.#queuedBytes += frame.payload.length
    if (this.#flushScheduled) return
    this.#flushScheduled = true
    process.nextTick(this.#flushLater)
  }

  ping(): number {
    const id = this.#pingId = this.#pingId % 0xffff_fffe + 1
    this.send({ kind: kinds.ping, flags: 0, id, payload: Buffer.alloc(0) })
    return id
  }

  /** The owner can take messages again. */
  resume(): void {
    if (this.#held !== undefined) this.#pull()
  }

  /** Sends what waits, and nothing after it. What the peer still sends is thrown away; one that has ended is not waited for. */
  end(): void {
    if (!this.isOpen) return
    this.#flush()
    this.#endedAt = now()
    this.#held = undefined
    if (this.#peerHasEnded) return this.#socket.destroySoon()
    this.#socket.end()
    this.#socket.resume()
  }

  /** After what waits is sent; the peer is not waited for. */
  destroySoon(): void {
    this.end()
    this.#socket.destroySoon()
  }

  destroy(): void {
    this.#gaveUp = true
    this.#socket.destroy()
  }

  /**
   * Called every now and then. A peer that has closed its half may wait for replies or be gone altogether; then its system
   * resets the connection when something comes.
   */
  tick(): void {
    if (this.#socket.destroyed) return
    if (this.#endedAt !== undefined) this.#linger(this.#endedAt)
    else if (this.#peerHasEnded) this.ping()
    else this.#attend(this.#vigil.due(now(), { isReading: this.#held === undefined, isBusy: this.#owner.isBusy() }))
  }

  #attend(due: "ping" | Overdue | undefined): void {
    if (due === "ping") this.ping()
    else if (due === "idle_timeout") this.#owner.idle()
    else if (due !== undefined) this.#cut(due)
  }

  #linger(since: number): void {
    if (this.#socket.writableFinished && now() - since > lingerMillis) this.#socket.destroy()
  }

  #cut(reason: Cut): void {
    this.#owner.cut(reason)
    this.destroy()
  }

  /** Node calls this when neither a byte came nor went for a while; only who waits for bytes to be taken minds. */
  #noProgress(): void {
    if (this.#socket.writableLength > 0) this.#cut("write_timeout")
  }

  #refuse(reason: Reason): void {
    this.#owner.refused(reason)
    if (!this.#stopsReading) return this.destroy()
    this.send({ kind: kinds.error, flags: 0, id: connectionId, payload: encodeRefusal(refusalOf(reason)) })
    this.end()
  }

  #read(piece: Buffer): void {
    if (this.#endedAt !== undefined) return
    this.#parser.feed(piece)
    this.#pull()
  }

  /** What a frame sets in motion may ask for the next one before it returns. */
  #pull(): void {
    if (this.#pulling) return
    this.#pulling = true
    const taken = this.#takeAll()
    this.#pulling = false
    this.#vigil.heard(now(), taken, this.#parser.isPartial)
    if (this.#held !== undefined) this.#socket.pause()
    else if (this.#socket.isPaused()) this.#socket.resume()
  }

  /** Takes frames until none is left or one must wait; answers how many. */
  #takeAll(): number {
    let taken = 0
    while (this.isOpen) {
      const next = this.#held ?? this.#parser.next()
      if (next === undefined) return taken
      if (typeof next === "string") this.#refuse(next)
      else if (this.#mustWait(next)) {
        this.#held = next
        return taken
      } else {
        this.#held = undefined
        taken++
        this.#take(next)
      }
    }
    return taken
  }

  #mustWait({ kind }: Frame): boolean {
    if (!this.#stopsReading) return false
    if (kind === kinds.message && !this.#owner.isReady()) return true
    if (this.#queuedBytes > this.#rules.writeHighWater && !this.#isBlocked) this.#flush()
    return this.#isBlocked || this.#queuedBytes > this.#rules.writeHighWater
  }

  #take(frame: Frame): void {
    const reason = frame.kind === kinds.ping
      ? this.#answerPing(frame.id)
      : frame.kind === kinds.pong
      ? this.#takePong(frame)
      : this.#owner.receive(frame)
    if (reason !== undefined) this.#refuse(reason)
  }

  #answerPing(id: number): Reason | undefined {
    const at = now()
    if (at - this.#pingsSince > 1000) {
      this.#pingsSince = at
      this.#pings = 0
    }
    if (++this.#pings > maxPings) return "ping_flood"
    const payload = Buffer.alloc(pongBytes)
    payload.writeUInt32BE(Math.min(this.#rules.maxFrame, largest), 0)
    payload.writeUInt32BE(Math.min(this.#rules.maxInFlight, largest), 4)
    this.send({ kind: kinds.pong, flags: 0, id, payload })
    return undefined
  }

  #takePong({ id, payload }: Frame): undefined {
    const { buffer, byteLength, byteOffset } = payload
    const view = new DataView(buffer, byteOffset, byteLength)
    this.#owner.pong(id, { maxFrame: view.getUint32(0), maxInFlight: view.getUint32(4) })
  }

  get #isBlocked(): boolean {
    return this.#socket.writableLength > this.#rules.writeHighWater
  }

  readonly #flushLater = (): void => {
    this.#flushScheduled = false
    if (!this.#isBlocked) this.#flush()
  }

  #flush(): void {
    if (this.#queue.length === 0 || !this.#socket.writable) return
    const pieces = piecesOf(this.#queue)
    this.#queue = []
    this.#queuedBytes = 0
    if (pieces.length === 1 && pieces[0] !== undefined) this.#socket.write(pieces[0], this.#written)
    else this.#writeTogether(pieces)
  }

  #writeTogether(pieces: ReadonlyArray<Uint8Array>): void {
    this.#socket.cork()
    for (const piece of pieces) this.#socket.write(piece, this.#written)
    this.#socket.uncork()
  }

  readonly #written = (): void => {
    if (this.#isBlocked) return
    if (!this.#flushScheduled) this.#flush()
    this.resume()
  }

  #peerEnded(): void {
    this.#tellTruncated()
    this.#peerHasEnded = true
    this.#owner.ended()
  }

  #tellTruncated(): void {
    const isOver = this.#endedAt !== undefined || this.#peerHasEnded || this.#gaveUp
    if (this.#parser.isPartial && !isOver) this.#owner.refused("truncated")
  }

  #closed(): void {
    this.#tellTruncated()
    this.#queue = []
    this.#held = undefined
    this.#owner.closed()
  }
}
