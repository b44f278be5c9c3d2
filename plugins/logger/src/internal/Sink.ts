/**
 * One sink at work: a bounded queue, and a fiber that writes it in batches. A sink never fails its callers and never
 * holds them up, unless the settings want it to.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Semaphore from "effect/Semaphore"
import * as Delivery from "./delivery.ts"
import type { Destination } from "./Destination.ts"
import { type Limits, LineQueue } from "./LineQueue.ts"

export type Overflow = "drop" | "block"

export interface Options {
  readonly destination: Destination
  readonly fallback: Destination
  readonly limits: Limits
  readonly overflow: Overflow
  readonly flushInterval: Duration.Duration
  /** false: every record is written before its caller goes on. */
  readonly queued: boolean
  /** A record of the logger itself, in this sink's format. */
  readonly notice: (message: string) => string
}

export interface Sink {
  readonly name: string
  readonly counts: Readonly<Delivery.Counts>
  readonly depth: () => number
  readonly push: (line: string) => void
  /** Writes what waits before it returns. */
  readonly flushSync: () => void
  readonly flush: Effect.Effect<void>
  readonly reopen: Effect.Effect<void>
  /** Says something on standard error, in the sink's format. */
  readonly tell: (message: string) => void
}

/** A flush that takes longer is given up: whoever asked must go on. */
const flushDeadline = Duration.seconds(5)

/** The queue with its way out, as plain functions. */
const line = (options: Options, clock: Clock.Clock) => {
  const { destination, limits, notice } = options
  const queue = new LineQueue(limits)
  const counts: Delivery.Counts = { queueFull: 0, writeFailed: 0, diverted: 0, bytes: 0 }
  const settle = queue.settle.bind(queue)
  const delivery = Delivery.make({ ...options, clock, counts, batch: limits.batch, settle })
  let told = 0

  /** One record for everything that was dropped since the last time the queue was empty. */
  const summary = (): void => {
    const dropped = counts.queueFull - told
    if (!queue.isEmpty || dropped === 0) return
    told = counts.queueFull
    queue.push(notice(`${dropped} log records dropped: the queue of ${destination.name} was full`))
  }

  const flushSync = (): void => {
    for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
      delivery.writeSync(batch)
      summary()
    }
  }

  /** Room for a record is made, or there is none. */
  const makeRoom = (length: number): boolean => {
    if (queue.hasRoom(length)) return true
    if (options.overflow === "block") flushSync()
    else counts.queueFull++
    return options.overflow === "block"
  }

  const flush = Effect.gen(function*() {
    for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
      yield* delivery.write(batch)
      summary()
    }
  })

  return { queue, counts, makeRoom, flush, flushSync, tell: delivery.tell }
}

export const make = Effect.fnUntraced(function*(options: Options) {
  const { destination } = options
  const { counts, flush, flushSync, makeRoom, queue, tell } = line(options, yield* Clock.Clock)
  const lock = yield* Semaphore.make(1)
  const waiting = yield* Latch.make()
  const full = yield* Latch.make()
  let closed = false

  const push = (text: string): void => {
    if (!makeRoom(text.length)) return
    queue.push(text)
    if (closed || !options.queued) return flushSync()
    waiting.openUnsafe()
    if (queue.hasFullBatch) full.openUnsafe()
  }

  const drain = lock.withPermit(Effect.uninterruptible(Effect.suspend(() => {
    waiting.closeUnsafe()
    full.closeUnsafe()
    return flush
  })))

  const gaveUp = Effect.sync(() => {
    tell(`${queue.depth} log records of ${destination.name} could not be flushed`)
    return false
  })

  /**
   * Whether it came to an end. A stuck write cannot be interrupted: past the deadline it goes on by itself. The wait has a
   * fiber of its own, because in the finalizer of an interrupted fiber whatever is interruptible ends at once.
   */
  const tryFlush = Effect.gen(function*() {
    const draining = yield* Effect.forkDetach(drain)
    const waited = yield* Effect.forkDetach(
      Effect.as(Fiber.await(draining), true).pipe(
        Effect.timeoutOrElse({ duration: flushDeadline, orElse: () => gaveUp })
      )
    )
    return yield* Fiber.join(waited)
  })

  const writer = yield* waiting.await.pipe(
    Effect.andThen(Effect.timeoutOption(full.await, options.flushInterval)),
    Effect.andThen(drain),
    Effect.forever,
    Effect.forkDetach
  )

  const close = Effect.gen(function*() {
    yield* Effect.forkDetach(Fiber.interrupt(writer))
    const flushed = yield* tryFlush
    closed = true
    // A descriptor that is still being written to must stay open: its number would be given to somebody else.
    if (flushed) yield* destination.close
  })
  yield* Effect.addFinalizer(() => close)

  const sink: Sink = {
    name: destination.name,
    counts,
    depth: () => queue.depth,
    push,
    flushSync,
    flush: Effect.asVoid(tryFlush),
    reopen: lock.withPermit(destination.reopen),
    tell
  }
  return sink
})
