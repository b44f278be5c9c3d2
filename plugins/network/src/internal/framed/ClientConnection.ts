/** One connection of a framed client: which request waits for which reply. */
import type * as net from "node:net"
import { FramedRemoteError } from "../../errors.ts"
import type { Exchange, Job } from "./Exchange.ts"
import { connectionId, type Frame, kinds } from "./frame.ts"
import type { Cut, Owner, Rules } from "./Owner.ts"
import type { Limits } from "./pings.ts"
import { decodeRefusal, type Reason, sentenceOf } from "./refusals.ts"
import { Wire } from "./Wire.ts"

export interface Events {
  /** The server answered the first ping: requests may be sent. */
  readonly ready: () => void
  /** No request may be sent any more. */
  readonly leaving: () => void
  /** Nothing is left of it. */
  readonly closed: (problem: string) => void
}

const lastId = 0xffff_ffff

export class ClientConnection implements Owner {
  readonly #wire: Wire
  readonly #rules: Rules
  readonly #exchange: Exchange
  readonly #events: Events
  readonly #pending = new Map<number, Job>()
  #limits: Limits | undefined
  #lastId = 0
  #leaving = false
  #problem = "the server closed it"

  constructor(socket: net.Socket, rules: Rules, exchange: Exchange, events: Events) {
    this.#rules = rules
    this.#exchange = exchange
    this.#events = events
    // Before the wire, whose own listener ends everything.
    socket.on("error", (error) => {
      this.#problem = "code" in error ? String(error.code) : error.message
    })
    this.#wire = new Wire(socket, rules, this, "client")
  }

  get inFlight(): number {
    return this.#pending.size
  }

  get hasRoom(): boolean {
    if (this.#limits === undefined || this.#leaving || !this.#wire.isOpen) return false
    return this.#pending.size < Math.min(this.#limits.maxInFlight, this.#rules.maxInFlight)
  }

  /** Largest payload that both ends take. */
  get maxFrame(): number {
    return Math.min(this.#rules.maxFrame, this.#limits?.maxFrame ?? Number.POSITIVE_INFINITY)
  }

  greet(): void {
    this.#wire.ping()
  }

  tick(): void {
    this.#wire.tick()
  }

  send(job: Job): void {
    const { flags, payload, prefix } = job
    const id = this.#nextId()
    job.id = id
    this.#pending.set(id, job)
    this.#wire.send({ kind: kinds.message, flags, id, prefix, payload })
  }

  #nextId(): number {
    do this.#lastId = this.#lastId === lastId ? 1 : this.#lastId + 1
    while (this.#pending.has(this.#lastId))
    return this.#lastId
  }

  /** Nobody waits for it any more; its reply will find nobody. */
  forget({ id }: Job): void {
    if (this.#pending.delete(id)) this.#afterOne()
  }

  isReady(): boolean {
    return true
  }

  isBusy(): boolean {
    return this.#pending.size > 0
  }

  receive(frame: Frame): Reason | undefined {
    switch (frame.kind) {
      case kinds.message:
        return "unexpected_kind"
      case kinds.goaway:
        this.#leave()
        return undefined
      case kinds.error:
        return this.#refused(frame)
      default:
        this.#settle(frame.id, (job) => this.#exchange.succeed(job, frame.payload))
        return undefined
    }
  }

  #refused({ id, payload }: Frame): Reason | undefined {
    const refusal = decodeRefusal(payload)
    if (refusal === undefined) return "error_payload"
    if (id === connectionId) this.#problem = `${refusal.code}: ${refusal.detail}`
    else this.#settle(id, (job) => this.#exchange.fail(job, new FramedRemoteError(refusal)))
    return undefined
  }

  #settle(id: number, tell: (job: Job) => void): void {
    const job = this.#pending.get(id)
    if (job === undefined) return
    this.#pending.delete(id)
    tell(job)
    this.#afterOne()
  }

  #afterOne(): void {
    this.#endAfterLast()
    this.#exchange.pump()
  }

  #leave(): void {
    if (this.#leaving) return
    this.#leaving = true
    this.#events.leaving()
    this.#endAfterLast()
  }

  #endAfterLast(): void {
    if (this.#leaving && this.#pending.size === 0) this.#wire.end()
  }

  pong(_id: number, limits: Limits): void {
    const isFirst = this.#limits === undefined
    this.#limits = limits
    if (isFirst) this.#events.ready()
  }

  refused(reason: Reason): void {
    this.#problem = `${reason}: ${sentenceOf(reason)}`
  }

  cut(reason: Cut): void {
    this.#problem = reason
  }

  idle(): void {
    this.#leave()
  }

  /** Nothing more comes, so nothing more is waited for. */
  ended(): void {
    this.#wire.destroy()
  }

  destroy(): void {
    this.#wire.destroy()
  }

  closed(): void {
    const lost = [...this.#pending.values()]
    this.#pending.clear()
    this.#leaving = true
    this.#events.closed(this.#problem)
    for (const job of lost) this.#exchange.lose(job, this.#problem)
  }
}
