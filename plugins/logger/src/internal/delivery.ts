/**
 * Getting one batch out of the process: to the destination, or to standard error while that refuses, or lost and counted.
 * A destination that refused is left alone for a while; going and coming back are each told once.
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Destination, Refusal } from "./Destination.ts"
import type { Batch } from "./LineQueue.ts"

/** Counters since the start; read by the metrics. */
export interface Counts {
  queueFull: number
  writeFailed: number
  diverted: number
  bytes: number
}

export interface Options {
  readonly destination: Destination
  /** Takes what the destination refuses. */
  readonly fallback: Destination
  readonly clock: Clock.Clock
  readonly counts: Counts
  /** Length of a usual batch. */
  readonly batch: number
  /** A record of the logger itself, in the sink's format. */
  readonly notice: (message: string) => string
  /** The batch has left the process or is lost: it takes no more room. */
  readonly settle: (batch: Batch) => void
}

export interface Delivery {
  readonly write: (batch: Batch) => Effect.Effect<void>
  readonly writeSync: (batch: Batch) => void
  /** Says something on standard error, in the sink's format. */
  readonly tell: (message: string) => void
}

/** How long a refusing destination is left alone, in milliseconds. */
const retry = 5_000

/** Reused for every batch that fits, so that a steady stream of records allocates nothing. */
const encoder = (size: number) => {
  let buffer: Buffer | undefined
  return (text: string): Uint8Array => {
    if (text.length * 3 > size && Buffer.byteLength(text) > size) return Buffer.from(text)
    buffer ??= Buffer.allocUnsafeSlow(size)
    return buffer.subarray(0, buffer.write(text))
  }
}

const breaker = ({ counts, destination }: Options, tell: (message: string) => void) => {
  let retryAt = 0
  let isBroken = false
  let divertedBefore = 0
  return {
    isOpen: (now: number): boolean => isBroken && now < retryAt,
    refused: (refusal: Refusal, now: number): void => {
      retryAt = now + retry
      if (isBroken) return
      isBroken = true
      divertedBefore = counts.diverted
      tell(`${refusal.message} Until then its records go to standard error.`)
    },
    accepted: (): void => {
      if (!isBroken) return
      isBroken = false
      tell(`${destination.name} works again; ${counts.diverted - divertedBefore} records went to standard error`)
    }
  }
}

export const make = (options: Options): Delivery => {
  const { clock, counts, destination, fallback, settle } = options
  const encode = encoder(options.batch * 2)
  // A second buffer: the first may be under the kernel's hands while a fatal record is written.
  const encodeSync = encoder(options.batch * 2)

  const tell = (message: string): void => {
    if (fallback.writeSync(Buffer.from(options.notice(message))) !== undefined) counts.writeFailed++
  }
  const health = breaker(options, tell)

  const accepted = (batch: Batch, bytes: Uint8Array): void => {
    settle(batch)
    counts.bytes += bytes.length
    health.accepted()
  }
  const diverted = (batch: Batch, refusal: Refusal | undefined): void => {
    settle(batch)
    if (refusal === undefined) counts.diverted += batch.records
    else counts.writeFailed += batch.records
  }
  const divert = (batch: Batch, bytes: Uint8Array) =>
    Effect.match(fallback.write(bytes), {
      onSuccess: () => diverted(batch, undefined),
      onFailure: (refusal) => diverted(batch, refusal)
    })

  const write = (batch: Batch): Effect.Effect<void> => {
    const bytes = encode(batch.text)
    const now = clock.currentTimeMillisUnsafe()
    if (health.isOpen(now)) return divert(batch, bytes)
    return Effect.matchEffect(destination.write(bytes), {
      onSuccess: () => Effect.sync(() => accepted(batch, bytes)),
      onFailure: (refusal) => {
        health.refused(refusal, now)
        return divert(batch, bytes)
      }
    })
  }

  const writeSync = (batch: Batch): void => {
    const bytes = encodeSync(batch.text)
    const now = clock.currentTimeMillisUnsafe()
    if (health.isOpen(now)) return diverted(batch, fallback.writeSync(bytes))
    const refusal = destination.writeSync(bytes)
    if (refusal === undefined) return accepted(batch, bytes)
    health.refused(refusal, now)
    diverted(batch, fallback.writeSync(bytes))
  }

  return { write, writeSync, tell }
}
