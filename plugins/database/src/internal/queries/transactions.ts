/** Transactions with options: how they begin, how long they may be open, and when they are done again. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as SqlClient from "effect/sql/SqlClient"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import type { DatabaseConfig } from "../../config.ts"
import type { TransactionOptions } from "../../Database.ts"
import { TransactionTimedOut } from "../../errors.ts"
import { MeasuredConnection } from "../MeasuredConnection.ts"
import { Idempotent } from "./references.ts"
import { leftNothing, mayRepeat, type Retries } from "./retries.ts"

const isolations = {
  "read committed": " ISOLATION LEVEL READ COMMITTED",
  "repeatable read": " ISOLATION LEVEL REPEATABLE READ",
  "serializable": " ISOLATION LEVEL SERIALIZABLE"
}

const plain = "BEGIN"

/** The statement that begins it; words of ours only. */
const beginOf = ({ deferrable = false, isolation, readOnly = false }: TransactionOptions): string =>
  `${plain}${isolation === undefined ? "" : isolations[isolation]}${readOnly ? " READ ONLY" : ""}` +
  (deferrable ? " DEFERRABLE" : "")

const timedOut = (timeout: Duration.Duration) => {
  const cause = new TransactionTimedOut({ timeout: Duration.format(timeout) })
  return Effect.fail(
    new SqlError({ reason: new ConnectionError({ cause, message: cause.message, operation: "query" }) })
  )
}

/** Around the work and not around COMMIT: what was committed in time must not be told as timed out. */
const within = <A, E, R>(work: Effect.Effect<A, E, R>, timeout: Duration.Duration | undefined) =>
  timeout === undefined ? work : Effect.timeoutOrElse(work, { duration: timeout, orElse: () => timedOut(timeout) })

export const make = (
  current: { readonly config: DatabaseConfig },
  sql: SqlClient.SqlClient,
  retries: Retries,
  limit: string
) => {
  const session = Effect.map(Effect.serviceOption(sql.transactionService), Option.map(([connection]) => connection))

  /** The server keeps the limit of the settings; for a longer one it has to be told. */
  const longer = (timeout: Duration.Duration | undefined) =>
    timeout === undefined || Duration.isLessThanOrEqualTo(timeout, current.config.execution.transaction_timeout)
      ? Effect.void
      : Effect.flatMap(session, (found) =>
        Option.isSome(found) && found.value instanceof MeasuredConnection
          ? found.value.allow(timeout, limit)
          : Effect.void)

  const outermost = <A, E, R>(options: TransactionOptions, work: Effect.Effect<A, E, R>) => {
    const timeout = options.timeout === undefined ? undefined : Duration.fromInputUnsafe(options.timeout)
    const transaction = sql.withTransaction(within(Effect.andThen(longer(timeout), work), timeout))
    const begin = beginOf(options)
    // The client's own BEGIN is kept prepared.
    const once = begin === plain ? transaction : Effect.provideService(transaction, SqlClient.BeginTransaction, begin)
    return Effect.flatMap(Idempotent, (idempotent) => {
      retries.budget.earn()
      return retries.again(once, idempotent ? mayRepeat : leftNothing, options.retry === false ? 0 : undefined)
    })
  }

  /** A savepoint cannot have another isolation than its transaction, and only the whole can be done again. */
  const nested = <A, E, R>(options: TransactionOptions, work: Effect.Effect<A, E, R>) => {
    const timeout = options.timeout === undefined ? undefined : Duration.fromInputUnsafe(options.timeout)
    return beginOf(options) === plain
      ? sql.withTransaction(within(work, timeout))
      : Effect.die(
        new Error("isolation, readOnly and deferrable are of a whole transaction: give them to the outermost")
      )
  }

  return (options: TransactionOptions = {}) =>
  <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E | SqlError, R> =>
    Effect.flatMap(session, (open) => Option.isSome(open) ? nested(options, work) : outermost(options, work))
}
