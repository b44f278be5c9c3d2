/**
 * One end of a connection, server's or client's: bytes to frames and back, pings, deadlines, back-pressure. What frames mean
 * is the business of its owner.
 */
import type * as net from "node:net"
import { connectionId, type Frame, kinds } from "./frame.ts"
import { Intake } from "./Intake.ts"
import { Outbox } from "./Outbox.ts"
import type { Outgoing } from "./outgoing.ts"
import type { Cut, Owner, Rules } from "./Owner.ts"
import { decodePong, encodePong, nextPingId, PingCount } from "./pings.ts"
import { encodeRefusal, type Reason, refusalOf } from "./refusals.ts"
import { type Overdue, Vigil } from "./Vigil.ts"

/** For the peer to read why it was refused, and to close. */
const lingerMillis = 1000

const now = (): number => performance.now()

export class Wire {
  readonly #socket: net.Socket
  readonly #rules: Rules
  readonly #owner: Owner
  /** A server stops reading when its answers are not taken. A client that did so too could wait for it for ever. */
  readonly #stopsReading: boolean
  readonly #intake: Intake
  readonly #outbox: Outbox
  readonly #vigil: Vigil
  readonly #pings = new PingCount()
  #pingId = 0
  #endedAt: number | undefined
  #peerHasEnded = false
  #gaveUp = false

  constructor(socket: net.Socket, rules: Rules, owner: Owner, side: "server" | "client") {
    this.#socket = socket
    this.#rules = rules
    this.#owner = owner
    this.#stopsReading = side === "server"
    this.#intake = new Intake(() => rules.maxFrame, {
      isOpen: () => this.isOpen,
      mustWait: (frame) => this.#mustWait(frame),
      take: (frame) => this.#take(frame),
      refuse: (fault) => this.#refuse(fault)
    })
    this.#outbox = new Outbox(socket, rules, () => this.resume())
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
    if (this.isOpen) this.#outbox.add(frame)
  }

  ping(): number {
    const id = this.#pingId = nextPingId(this.#pingId)
    this.send({ kind: kinds.ping, flags: 0, id, payload: Buffer.alloc(0) })
    return id
  }

  /** The owner can take messages again. */
  resume(): void {
    if (this.#intake.isHolding) this.#pull()
  }

  /** Sends what waits, and nothing after it. What the peer still sends is thrown away; one that has ended is not waited for. */
  end(): void {
    if (!this.isOpen) return
    this.#outbox.flush()
    this.#endedAt = now()
    this.#intake.drop()
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
    else this.#attend(this.#vigil.due(now(), { isReading: !this.#intake.isHolding, isBusy: this.#owner.isBusy() }))
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
    this.#intake.feed(piece)
    this.#pull()
  }

  #pull(): void {
    const taken = this.#intake.takeAll()
    if (taken === undefined) return
    this.#vigil.heard(now(), taken, this.#intake.isPartial)
    if (this.#intake.isHolding) this.#socket.pause()
    else if (this.#socket.isPaused()) this.#socket.resume()
  }

  #mustWait({ kind }: Frame): boolean {
    if (!this.#stopsReading) return false
    return (kind === kinds.message && !this.#owner.isReady()) || this.#outbox.isFull()
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
    if (this.#pings.isFlood(now())) return "ping_flood"
    this.send({ kind: kinds.pong, flags: 0, id, payload: encodePong(this.#rules) })
    return undefined
  }

  #takePong({ id, payload }: Frame): undefined {
    this.#owner.pong(id, decodePong(payload))
  }

  #peerEnded(): void {
    this.#tellTruncated()
    this.#peerHasEnded = true
    this.#owner.ended()
  }

  #tellTruncated(): void {
    const isOver = this.#endedAt !== undefined || this.#peerHasEnded || this.#gaveUp
    if (this.#intake.isPartial && !isOver) this.#owner.refused("truncated")
  }

  #closed(): void {
    this.#tellTruncated()
    this.#outbox.clear()
    this.#intake.drop()
    this.#owner.closed()
  }
}
