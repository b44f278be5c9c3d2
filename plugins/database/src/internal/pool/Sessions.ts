/**
 * The sessions of one server and who has them. Everything here is a plain call between suspension points, so that a statement which
 * finds a free session pays for a few fields; opening, checking and waiting are effects of others, who report here.
 *
 * Written for this project and not taken from the driver's pool, because there a lifetime makes every use several times as dear, nobody
 * can say who holds what, and everybody waits in one line.
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import { type Lease, Leases } from "./lease.ts"
import { Line, type Waiter } from "./line.ts"
import type { Session } from "./session.ts"

export interface Options {
  readonly clock: Clock.Clock
  readonly size: number
  /** How many statements may share a session; 0: none. */
  readonly depth: number
  /** Over how many sessions statements spread before they share. */
  readonly spread: number
  /** By how many milliseconds a step of priority goes first. */
  readonly step: number
  /** A session that was idle for so many milliseconds is checked before its use. */
  readonly checkAfter: number
  /** Starts to close a session that nobody has any more. */
  readonly close: (session: Session) => void
}

export class Sessions {
  readonly all = new Set<Session>()
  /** Nobody has these; the one that was used last is the last one. */
  readonly idle: Array<Session> = []
  /** Those that several statements share at this moment. */
  private readonly shared: Array<Session> = []
  readonly leases = new Leases()
  readonly line: Line
  /** Open ones and those that are being opened. */
  count = 0
  /** How often somebody held a session for too long. */
  leaks = 0
  closed = false
  /** Sessions that statements which may share are opening, and whether the last try failed. */
  private coming = 0
  private failing = false
  private readonly options: Options

  constructor(options: Options) {
    this.options = options
    this.line = new Line(options.step)
  }

  get now(): number {
    return this.options.clock.currentTimeMillisUnsafe()
  }

  /** Sessions that somebody has, or that are being opened. */
  get active(): number {
    return this.count - this.idle.length
  }

  /** Whether the lease got a session, or the place for one that it has to open. Nobody is overtaken. */
  take(lease: Lease): boolean {
    return this.line.size === 0 && this.assign(lease, this.now)
  }

  /** Takes back what a lease has, whatever that is. */
  give(lease: Lease, lost: boolean): void {
    if (!lease.held) return
    this.leases.remove(lease)
    const { session } = lease
    lease.session = undefined
    if (session !== undefined) this.leave(session, lost)
    else {
      this.count--
      if (!lease.exclusive) this.notOpened()
    }
    this.serve()
  }

  private notOpened(): void {
    this.coming--
    this.failing = true
  }

  /** A session that nobody asked for. */
  admit(session: Session): void {
    this.all.add(session)
    this.rest(session)
    this.serve()
  }

  /** What a lease opened. */
  opened(lease: Lease, session: Session): void {
    this.all.add(session)
    lease.task = "nothing"
    this.hold(lease, session)
    this.open(lease, session)
    if (lease.exclusive) return
    this.coming--
    this.failing = false
    this.serve()
  }

  /** Sets a session aside that nobody may get now; `admit` or `discard` follows. */
  setAside(lease: Lease): Session | undefined {
    const { session } = lease
    if (!lease.held || session === undefined || session.leases > 1) return undefined
    this.leases.remove(lease)
    lease.session = undefined
    session.leases = 0
    return session
  }

  /** The session that a lease was to check is well. */
  checked(lease: Lease): void {
    lease.task = "nothing"
    if (lease.session !== undefined) this.open(lease, lease.session)
  }

  /** It is dead, and so will those be that were idle for as long. The lease keeps its place and opens another one. */
  dead(lease: Lease): void {
    const { session } = lease
    if (session === undefined) return
    lease.session = undefined
    lease.task = "open"
    if (!lease.exclusive) this.coming++
    this.forget(session)
    this.sweep(({ usedAt }) => usedAt <= session.usedAt)
  }

  /** Closes a session that was set aside, and gives its place to who waits. */
  discard(session: Session): void {
    this.count--
    this.forget(session)
    this.serve()
  }

  /** Its socket closed by itself. Who holds it learns that from the driver. */
  ended(session: Session): void {
    session.over = true
    if (this.idle.includes(session)) this.sweep()
  }

  /** All of them make way for new ones, those in use when they are given back. */
  renew(): void {
    for (const session of this.all) session.over = true
    this.sweep()
  }

  /** Closes idle sessions that are over, and those that `tooOld` says. */
  sweep(tooOld: (session: Session) => boolean = () => false): void {
    const { now } = this
    const gone = this.idle.filter((session) => this.isOver(session, now) || tooOld(session))
    if (gone.length === 0) return
    for (const session of gone) {
      this.idle.splice(this.idle.indexOf(session), 1)
      this.count--
      this.forget(session)
    }
    this.serve()
  }

  /** A place that nobody has, for a session to be kept idle. */
  takePlace(): boolean {
    if (this.count >= this.options.size) return false
    this.count++
    return true
  }

  givePlace(): void {
    this.count--
    this.serve()
  }

  private isOver({ over, retiresAt, socket }: Session, now: number): boolean {
    return over || socket.destroyed || now >= retiresAt
  }

  private assign(lease: Lease, now: number): boolean {
    const session = lease.exclusive ? this.fromIdle(now) : this.toShare(now)
    if (session !== undefined) {
      lease.task = session.leases === 0 && now - session.usedAt >= this.options.checkAfter ? "check" : "nothing"
      this.hold(lease, session)
      if (lease.task === "nothing") this.open(lease, session)
    } else if (!(!lease.exclusive && this.line.size < this.comingRoom) && this.takePlace()) {
      lease.task = "open"
      if (!lease.exclusive) this.coming++
    } else return false
    this.leases.add(lease, now)
    return true
  }

  private hold(lease: Lease, session: Session): void {
    lease.session = session
    session.leases++
  }

  /** Lets others share a session that is well. */
  private open(lease: Lease, session: Session): void {
    if (!lease.exclusive && session.leases === 1) this.shared.push(session)
  }

  private fromIdle(now: number): Session | undefined {
    for (let session = this.idle.pop(); session !== undefined; session = this.idle.pop()) {
      if (!this.isOver(session, now)) return session
      this.count--
      this.forget(session)
    }
    return undefined
  }

  /** Room in sessions that are being opened: whoever fits waits for them. After a failure everybody tries by himself. */
  private get comingRoom(): number {
    return this.failing ? 0 : this.coming * (this.options.depth - 1)
  }

  /** Statements spread over so many sessions as are kept open, then share those that are in use, then take more. */
  private toShare(now: number): Session | undefined {
    return (this.shared.length < this.options.spread ? this.fromIdle(now) : undefined) ??
      this.leastShared(now) ?? this.fromIdle(now)
  }

  private leastShared(now: number): Session | undefined {
    let best: Session | undefined
    for (const session of this.shared) {
      if (session.leases < (best?.leases ?? this.options.depth) && !this.isOver(session, now)) best = session
    }
    return best
  }

  private leave(session: Session, lost: boolean): void {
    if (lost) session.over = true
    if (--session.leases > 0) return
    const index = this.shared.indexOf(session)
    if (index >= 0) this.shared.splice(index, 1)
    this.rest(session)
  }

  private rest(session: Session): void {
    const { now } = this
    session.usedAt = now
    if (this.isOver(session, now)) {
      this.count--
      this.forget(session)
    } else this.idle.push(session)
  }

  private forget(session: Session): void {
    this.all.delete(session)
    this.options.close(session)
  }

  /** The turn of those who wait, as long as there is something to give. */
  private serve(): void {
    for (let waiter: Waiter | undefined = this.line.next(); waiter !== undefined; waiter = this.line.next()) {
      if (!this.assign(waiter.lease, this.now)) return
      this.line.remove(waiter)
      waiter.resume(Effect.void)
    }
  }

  /** Ends the wait of everybody; the sessions are there to be closed. */
  shut(error: SqlError): ReadonlyArray<Session> {
    this.closed = true
    this.renew()
    for (let waiter = this.line.oldest(); waiter !== undefined; waiter = this.line.oldest()) {
      this.line.remove(waiter)
      waiter.resume(Effect.fail(error))
    }
    return [...this.all]
  }
}
