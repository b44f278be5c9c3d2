/** Sessions for whoever wants one: for a single effect, or until a scope closes. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { Connection } from "effect/sql/SqlConnection"
import type { SqlError } from "effect/sql/SqlError"
import type { DatabaseConfig } from "../../config.ts"
import { MeasuredConnection, type Observer, type Use } from "../MeasuredConnection.ts"
import * as Acquire from "./acquire.ts"
import * as GiveBack from "./giveBack.ts"
import { Lease } from "./lease.ts"
import type { Opening } from "./opening.ts"
import type { Session } from "./session.ts"
import type { Sessions } from "./Sessions.ts"
import type { Wait } from "./waiting.ts"

/** What Effect's client needs: sessions of one server, or of whichever is the right one. */
export interface Lending {
  /**
   * Lends a session for one effect; with `multiplex` others may send statements on it meanwhile. Made anew for each use: it is not to be
   * run twice at once.
   */
  readonly borrow: <A, E, R>(use: (session: Connection) => Effect.Effect<A, E, R>) => Effect.Effect<A, E | SqlError, R>
  /** A session of one's own until the scope closes, for work that outlives its effect. */
  readonly lease: Effect.Effect<Connection, SqlError, Scope.Scope>
  /** The same for a transaction, whose time is limited. */
  readonly reserve: Effect.Effect<Connection, SqlError, Scope.Scope>
}

export interface Options {
  readonly config: DatabaseConfig
  readonly sessions: Sessions
  readonly opening: Opening
  readonly wait: Wait
  readonly observe: Observer
  readonly run: (effect: Effect.Effect<void>) => unknown
}

export const make = ({ config, observe, opening, run, sessions, wait }: Options): Lending => {
  const { prepared, waited } = Acquire.make(sessions, opening, wait, observe)
  const giveBack = GiveBack.make(sessions, run)
  const alone = !config.connection_pool.multiplex
  const { transaction_timeout: transactionTimeout } = config.execution

  const measured = (lease: Lease, { connection }: Pick<Session, "connection">, by?: Use) =>
    lease.connection = new MeasuredConnection(connection, observe, by)

  /** Most find a free session that works: they go on without a step in between. */
  const borrow: Lending["borrow"] = (use) => {
    let lent: Lease | undefined
    return Effect.onExitPrimitive(
      Effect.withFiber((fiber) => {
        const lease = lent = new Lease(alone)
        lease.by(fiber)
        const taken = sessions.take(lease)
        if (taken && lease.task === "nothing" && lease.session !== undefined) {
          return use(measured(lease, lease.session, { fiber }))
        }
        const got = Effect.andThen(taken ? prepared(lease) : waited(lease, fiber), Acquire.sessionOf(lease))
        return Effect.flatMap(got, (session) => use(measured(lease, session, { fiber })))
      }),
      (exit) => lent === undefined ? undefined : giveBack(lent, exit)
    )
  }

  /** The finalizer comes first, so that whatever is got later is given back. */
  const held = Effect.uninterruptibleMask((restore) =>
    Effect.withFiber<Lease, SqlError, Scope.Scope>((fiber) => {
      const lease = new Lease(true)
      lease.by(fiber)
      const got = Effect.suspend(() => sessions.take(lease) ? prepared(lease) : waited(lease, fiber))
      return Effect.addFinalizer((exit) => Effect.sync(() => giveBack(lease, exit))).pipe(
        Effect.andThen(
          Effect.onError(restore(got), (cause) => Effect.sync(() => giveBack(lease, Exit.failCause(cause))))
        ),
        Effect.as(lease)
      )
    })
  )

  const leased = Effect.flatMap(
    held,
    (lease) => Effect.map(Acquire.sessionOf(lease), (session) => ({ lease, session }))
  )

  return {
    borrow,
    lease: Effect.map(leased, ({ lease, session }) => measured(lease, session)),
    reserve: Effect.flatMap(
      leased,
      ({ lease, session }) =>
        Effect.map(session.connection.pin, (connection) => measured(lease, { connection }, { transactionTimeout }))
    )
  }
}
