/**
 * Looks for statements that are slow, and for the same statement again and again in one request (N+1). Costs a comparison for each
 * statement, and a count by its text where it has a span.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import type { AnySpan, Span } from "effect/Tracer"
import type { DatabaseConfig } from "../../config.ts"
import * as Metrics from "../../metrics.ts"
import { fingerprintOf } from "./fingerprint.ts"

const windowMillis = 10_000

/** Most different statements that are kept in mind. */
const most = 500

/** The settings in force. */
export interface Current {
  readonly config: DatabaseConfig
}

interface Request {
  since: number
  readonly counts: Map<string, number>
}

/** The outermost span of this process. */
const rootOf = (span: AnySpan | undefined): Span | undefined => {
  if (span?._tag !== "Span") return undefined
  let root: Span = span
  for (let parent = Option.getOrUndefined(root.parent); parent?._tag === "Span";) {
    root = parent
    parent = Option.getOrUndefined(root.parent)
  }
  return root
}

const control = /^\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET)\b/i

const spanText = (span: AnySpan | undefined): string => span?._tag === "Span" ? `, in span "${span.name}"` : ""

/** Of a result of the driver, or of its bare rows; 0 where a statement failed. */
const rowsIn = (result: unknown): number =>
  Array.isArray(result)
    ? result.length
    : typeof result === "object" && result !== null && "rowCount" in result
    ? Number(result.rowCount)
    : 0

export class Watch {
  /** The plan of a statement; set when there is a client to ask with. */
  explain: (sql: string) => Effect.Effect<string, unknown> = () => Effect.succeed("")
  readonly #current: Current
  readonly #clock: Clock.Clock
  readonly #requests = new WeakMap<Span, Request>()
  readonly #slowToldAt = new Map<string, number>()

  constructor(current: Current, clock: Clock.Clock) {
    this.#current = current
    this.#clock = clock
  }

  #requestOf(root: Span): Request {
    const now = this.#clock.currentTimeMillisUnsafe()
    const known = this.#requests.get(root)
    if (known !== undefined && now - known.since < windowMillis) return known
    const made: Request = { since: now, counts: new Map() }
    this.#requests.set(root, made)
    return made
  }

  /** Before a statement: a warning where it is one too many. */
  readonly begun = (sql: string, span: AnySpan | undefined): Effect.Effect<void> | undefined => {
    const { threshold } = this.#current.config.repeated_queries
    const root = threshold === 0 ? undefined : rootOf(span)
    if (root === undefined) return undefined
    const { counts } = this.#requestOf(root)
    const count = (counts.get(sql) ?? 0) + 1
    if (counts.size < most || counts.has(sql)) counts.set(sql, count)
    if (count !== threshold + 1 || control.test(sql)) return undefined
    return Effect.andThen(
      Metric.update(Metrics.repeatedQueries, 1),
      Effect.logWarning(
        `the same statement was sent more than ${threshold} times in span "${root.name}": ${fingerprintOf(sql)}. ` +
          "Ask for all rows at once (= ANY, a join), or batch the requests (SqlResolver, Database.inserter)."
      )
    )
  }

  #told(fingerprint: string): boolean {
    const now = this.#clock.currentTimeMillisUnsafe()
    if (now - (this.#slowToldAt.get(fingerprint) ?? -Infinity) < windowMillis) return true
    if (this.#slowToldAt.size >= most) this.#slowToldAt.clear()
    this.#slowToldAt.set(fingerprint, now)
    return false
  }

  /** After a statement: a warning where it was slow. Its rows are counted only then. */
  readonly ended = (
    sql: string,
    seconds: number,
    result: unknown,
    span: AnySpan | undefined
  ): Effect.Effect<void> | undefined => {
    const { explain, threshold } = this.#current.config.slow_queries
    const least = Duration.toSeconds(threshold)
    if (least === 0 || seconds < least) return undefined
    const fingerprint = fingerprintOf(sql)
    const counted = Metric.update(Metrics.slowQueries, 1)
    if (this.#told(fingerprint)) return counted
    const took = `${Math.round(seconds * 1000)} ms, ${rowsIn(result)} rows${spanText(span)}`
    const tell = (plan: string) => Effect.logWarning(`slow statement (${took}): ${fingerprint}${plan}`)
    return Effect.andThen(
      counted,
      explain
        ? Effect.asVoid(Effect.forkDetach(Effect.flatMap(this.#planOf(sql), tell)))
        : tell("")
    )
  }

  readonly #planOf = (sql: string): Effect.Effect<string> =>
    control.test(sql)
      ? Effect.succeed("")
      : Effect.match(this.explain(sql), {
        onSuccess: (plan) => `\n${plan}`,
        onFailure: () => " (no plan: the server does not explain it)"
      })
}

const watches = new WeakMap<Current, Watch>()

/** One for all servers of an app. */
export const of = (current: Current): Effect.Effect<Watch> =>
  Effect.map(Clock.Clock, (clock) => {
    const watch = watches.get(current) ?? new Watch(current, clock)
    watches.set(current, watch)
    return watch
  })
