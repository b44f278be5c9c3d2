/**
 * Who has written, and when, so that nobody reads from a replica that does not have it yet. A reader is its fiber, and the
 * trace that it belongs to: what one fiber of a request wrote, the others read too. What does not fit is remembered for
 * everybody, so that forgetting costs time and never an answer that is too old.
 */
import * as Context from "effect/Context"
import type * as Fiber from "effect/Fiber"
import * as Tracer from "effect/Tracer"

type Reader = Fiber.Fiber<unknown, unknown>

const traceOf = ({ context }: Reader): string | undefined => Context.getOrUndefined(context, Tracer.ParentSpan)?.traceId

export const never = Number.NEGATIVE_INFINITY

export class Written {
  readonly #fibers = new WeakMap<Reader, number>()
  readonly #traces = new Map<string, number>()
  readonly #most: number
  #everybody = never

  constructor(most = 10_000) {
    this.#most = most
  }

  /** The reader has written until now. */
  mark(reader: Reader, now: number): void {
    this.#fibers.set(reader, now)
    const trace = traceOf(reader)
    if (trace === undefined) return
    this.#traces.delete(trace)
    this.#traces.set(trace, now)
    const [oldest] = this.#traces
    if (this.#traces.size <= this.#most || oldest === undefined) return
    this.#traces.delete(oldest[0])
    this.#everybody = Math.max(this.#everybody, oldest[1])
  }

  /** Until when a replica must have everything that the primary had. */
  until(reader: Reader): number {
    const trace = traceOf(reader)
    return Math.max(
      this.#everybody,
      this.#fibers.get(reader) ?? never,
      trace === undefined ? never : this.#traces.get(trace) ?? never
    )
  }

  /** Every replica has everything from before. */
  forget(before: number): void {
    for (const [trace, at] of this.#traces) {
      if (at >= before) return
      this.#traces.delete(trace)
    }
  }
}
