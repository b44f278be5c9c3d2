/** What a wire asks of its owner, the server's or the client's connection, and the rules that the owner gives it. */
import type { Frame } from "./frame.ts"
import type { Limits } from "./pings.ts"
import type { Reason } from "./refusals.ts"
import type { Deadlines, Overdue } from "./Vigil.ts"

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
