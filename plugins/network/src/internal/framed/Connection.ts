/** One client of the framed server: its requests in flight, and the order of its end. */
import type * as Fiber from "effect/Fiber"
import type * as net from "node:net"
import type { Call } from "./answer.ts"
import { connectionId, flags, type Frame, kinds } from "./frame.ts"
import type { Cut, Owner, Rules } from "./Owner.ts"
import { encodeRefusal, type Reason, type Refusal } from "./refusals.ts"
import { traceBytes } from "./trace.ts"
import { Wire } from "./Wire.ts"

interface Entry {
  readonly call: Call
  /** Absent until its fiber has run as far as it can at once. */
  fiber?: Fiber.Fiber<void>
}

/** What the server does for its connections. */
export interface Host {
  readonly rules: Rules
  readonly start: (call: Call) => Fiber.Fiber<void>
  readonly refused: (reason: Reason, remoteAddress: string) => void
  readonly cut: (reason: Cut, remoteAddress: string) => void
  readonly closed: (connection: Connection) => void
}

const nothing = Buffer.alloc(0)

const millis = (): number => performance.now()

export class Connection implements Owner {
  readonly remoteAddress: string
  readonly #host: Host
  readonly #wire: Wire
  readonly #calls = new Map<number, Entry>()
  /** The ping behind the goaway: when its pong has come, so has every request that was sent before the client knew. */
  #farewell: number | undefined
  #isLast = false

  constructor(socket: net.Socket, host: Host) {
    this.remoteAddress = socket.remoteAddress ?? ""
    this.#host = host
    this.#wire = new Wire(socket, host.rules, this, "server")
  }

  get inFlight(): number {
    return this.#calls.size
  }

  get calls(): ReadonlyArray<Call> {
    return [...this.#calls.values()].map(({ call }) => call)
  }

  tick(): void {
    this.#wire.tick()
  }

  isReady(): boolean {
    return this.#calls.size < this.#host.rules.maxInFlight
  }

  isBusy(): boolean {
    return this.#calls.size > 0
  }

  receive(frame: Frame): Reason | undefined {
    if (frame.kind !== kinds.message) return "unexpected_kind"
    if (frame.id === connectionId) return "reserved_id"
    if (this.#calls.has(frame.id)) return "duplicate_id"
    if ((frame.flags & flags.traced) !== 0 && frame.payload.length < traceBytes) return "trace_context"
    this.#start(frame)
    return undefined
  }

  #start({ flags, id, payload }: Frame): void {
    const call: Call = { connection: this, id, flags, payload, startedAt: millis(), route: undefined }
    const entry: Entry = { call }
    this.#calls.set(id, entry)
    entry.fiber = this.#host.start(call)
  }

  reply({ flags: own, id }: Call, payload: Uint8Array): void {
    this.#answer(kinds.reply, own & flags.json, id, payload)
  }

  fail({ id }: Call, refusal: Refusal): void {
    this.#answer(kinds.error, 0, id, encodeRefusal(refusal))
  }

  #answer(kind: number, flags: number, id: number, payload: Uint8Array): void {
    this.#calls.delete(id)
    this.#wire.send({ kind, flags, id, payload })
    if (this.#calls.size === 0 && this.#isLast) this.#wire.end()
    else this.#wire.resume()
  }

  pong(id: number): void {
    if (id === this.#farewell) this.#endAfterLast()
  }

  /** Asks the client to send nothing new, and closes when what it had sent is answered. */
  leave(): void {
    if (this.#farewell !== undefined) return
    this.#wire.send({ kind: kinds.goaway, flags: 0, id: connectionId, payload: nothing })
    this.#farewell = this.#wire.ping()
  }

  idle(): void {
    this.leave()
  }

  /** A client may close its half once it has sent everything, and read on. */
  ended(): void {
    this.#endAfterLast()
  }

  #endAfterLast(): void {
    this.#isLast = true
    if (this.#calls.size === 0) this.#wire.end()
  }

  refused(reason: Reason): void {
    this.#host.refused(reason, this.remoteAddress)
  }

  cut(reason: Cut): void {
    this.#host.cut(reason, this.remoteAddress)
  }

  closed(): void {
    this.#host.closed(this)
    this.#interrupt()
  }

  /** What is still being answered is told that nobody waits for it any more. */
  cutOff(refusal: Refusal): void {
    const payload = encodeRefusal(refusal)
    for (const id of this.#calls.keys()) this.#wire.send({ kind: kinds.error, flags: 0, id, payload })
    this.#interrupt()
    this.#wire.destroySoon()
  }

  #interrupt(): void {
    for (const { fiber } of this.#calls.values()) fiber?.interruptUnsafe()
    this.#calls.clear()
  }
}
