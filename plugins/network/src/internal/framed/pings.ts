/** Pings: how many a peer may send, which ids this end gives its own, and what a pong tells. Pure. */
import { pongBytes } from "./frame.ts"

/** The limits of the end that answers. */
export interface Limits {
  readonly maxFrame: number
  readonly maxInFlight: number
}

/** In any second. */
const maxPings = 10

/** More cannot be written, so a higher limit is none. */
const largest = 0xffff_ffff

/** The id of the ping after this one; 0 belongs to the connection. */
export const nextPingId = (id: number): number => id % 0xffff_fffe + 1

export const encodePong = ({ maxFrame, maxInFlight }: Limits): Buffer => {
  const payload = Buffer.alloc(pongBytes)
  payload.writeUInt32BE(Math.min(maxFrame, largest), 0)
  payload.writeUInt32BE(Math.min(maxInFlight, largest), 4)
  return payload
}

export const decodePong = ({ buffer, byteLength, byteOffset }: Uint8Array): Limits => {
  const view = new DataView(buffer, byteOffset, byteLength)
  return { maxFrame: view.getUint32(0), maxInFlight: view.getUint32(4) }
}

/** Counts the pings of one peer. */
export class PingCount {
  #pings = 0
  #since = 0

  /** One more came; whether that is too many. */
  isFlood(now: number): boolean {
    if (now - this.#since > 1000) {
      this.#since = now
      this.#pings = 0
    }
    return ++this.#pings > maxPings
  }
}
