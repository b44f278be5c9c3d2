/**
 * When, how often and after which pause something is tried again. Everybody draws from one budget, so that a broken server does
 * not get every statement several times: successes fill it by a share, and time by a few per second.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import type { DatabaseConfig } from "../../config.ts"
import { errorCodeOf } from "../../errorCodeOf.ts"
import { CommitUnknown, SessionLost, StatementFailed } from "../../errors.ts"
import * as Metrics from "../../metrics.ts"

type Execution = Pick<DatabaseConfig, "execution">

/** The pause after attempt number `attempt`, counted from 0. */
export const pauseOf = ({ execution }: Execution, attempt: number): Duration.Duration =>
  Duration.min(
    Duration.times(execution.initial_backoff, execution.retry_backoff === "linear" ? attempt + 1 : 2 ** attempt),
    execution.max_backoff
  )

/** Between half of the pause and all of it: those who failed together do not come back together. */
export const jittered = (pause: Duration.Duration): Effect.Effect<Duration.Duration> =>
  Effect.map(Random.nextBetween(0.5, 1), (part) => Duration.times(pause, part))

/** The budget holds what this many seconds fill it with. */
const depthSeconds = 10

/** Tokens, as plain arithmetic: one for each retry. */
export class RetryBudget {
  readonly #budget: () => DatabaseConfig["execution"]["retry_budget"]
  readonly #now: () => number
  #tokens: number
  #filledAt: number

  /** `now` in milliseconds. */
  constructor(budget: () => DatabaseConfig["execution"]["retry_budget"], now: () => number) {
    this.#budget = budget
    this.#now = now
    this.#tokens = budget().min_per_second * depthSeconds
    this.#filledAt = now()
  }

  #fill(more: number): void {
    const { min_per_second } = this.#budget()
    this.#tokens = Math.min(this.#tokens + more, Math.max(1, min_per_second) * depthSeconds)
  }

  /** Something was done without a retry. */
  earn(): void {
    this.#fill(this.#budget().ratio)
  }

  /** Whether one more retry is allowed; it is counted when it is. */
  spend(): boolean {
    const now = this.#now()
    this.#fill((now - this.#filledAt) / 1000 * this.#budget().min_per_second)
    this.#filledAt = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}

/** The failed statement in an error: itself, or what a domain made its error of. */
const sqlErrorIn = (error: unknown, depth = 3): SqlError | undefined =>
  isSqlError(error)
    ? error
    : depth > 0 && typeof error === "object" && error !== null && "cause" in error
    ? sqlErrorIn(error.cause, depth - 1)
    : undefined

/** A whole transaction left nothing behind: its session was lost before COMMIT, or the server rolled it back for others. */
export const leftNothing = (error: unknown): SqlError | undefined => {
  const found = sqlErrorIn(error)
  const cause = found?.reason.cause
  return cause instanceof SessionLost || (cause instanceof StatementFailed && cause.sqlState.startsWith("40"))
    ? found
    : undefined
}

/** What may have taken effect already, and may be done again all the same. */
export const mayRepeat = (error: unknown): SqlError | undefined => {
  const found = sqlErrorIn(error)
  return found?.reason.cause instanceof CommitUnknown ? found : leftNothing(found)
}

export interface Retries {
  readonly budget: RetryBudget
  /** Does an effect again while it fails in a way that `when` finds the statement of. */
  readonly again: <A, E, R>(
    effect: Effect.Effect<A, E, R>,
    when: (error: unknown) => SqlError | undefined,
    most?: number
  ) => Effect.Effect<A, E, R>
}

/** On the span around the attempts. */
const tell = Effect.fnUntraced(function*(attempt: number, failed: SqlError, pause: Duration.Duration) {
  const reason = errorCodeOf(failed).name.replace(/^\w+\./, "")
  yield* Metric.update(Metrics.retriesOf(reason), 1)
  const span = yield* Effect.option(Effect.currentSpan)
  const now = yield* Clock.currentTimeNanos
  Option.map(span, (each) => {
    each.attribute("heptad.database.retries", attempt)
    each.event("heptad.database.retry", now, { attempt, reason, pause_ms: Math.round(Duration.toMillis(pause)) })
  })
})

export const make = Effect.fnUntraced(function*(current: { readonly config: Execution }) {
  const clock = yield* Clock.Clock
  const budget = new RetryBudget(() => current.config.execution.retry_budget, () => clock.currentTimeMillisUnsafe())

  const again: Retries["again"] = (effect, when, most) => {
    const attempt = (n: number): typeof effect =>
      Effect.catch(effect, (error) => {
        const failed = when(error)
        return failed === undefined || n >= (most ?? current.config.execution.max_retry_attempts)
          ? Effect.fail(error)
          : budget.spend()
          ? next(n, failed)
          : Effect.andThen(Metric.update(Metrics.retriesWithheld, 1), Effect.fail(error))
      })
    const next = Effect.fnUntraced(function*(n: number, failed: SqlError) {
      const pause = yield* jittered(pauseOf(current.config, n))
      yield* tell(n + 1, failed, pause)
      yield* Effect.sleep(pause)
      return yield* attempt(n + 1)
    })
    return attempt(0)
  }
  const retries: Retries = { budget, again }
  return retries
})
