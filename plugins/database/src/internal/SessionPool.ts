/**
 * The sessions of one server. Whoever finds a free one goes on at once; the others wait in a line that is fair, counted and bounded.
 * Opening a session is tried again; a sent statement never is.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type { DatabaseConfig } from "../config.ts"
import type { PoolState } from "../Database.ts"
import { PoolClosed } from "../errors.ts"
import type { Observer } from "./MeasuredConnection.ts"
import type { Server } from "./PgServer.ts"
import * as Lending from "./pool/lending.ts"
import * as Opening from "./pool/opening.ts"
import { refused } from "./pool/refused.ts"
import * as Session from "./pool/session.ts"
import { Sessions } from "./pool/Sessions.ts"
import { gauges, stateOf } from "./pool/state.ts"
import * as Upkeep from "./pool/upkeep.ts"
import * as Waiting from "./pool/waiting.ts"

/** The settings in force: replaced when they change. What a session was opened with stays until it is replaced. */
export interface Current {
  config: DatabaseConfig
}

export interface SessionPool extends Lending.Lending {
  readonly server: Server
  /** Numbers and holders at this moment. */
  readonly state: () => PoolState
  /** All sessions make way for new ones: idle ones at once, those in use when they are given back. */
  readonly renew: () => void
}

const sessionsOf = ({ connection_pool }: DatabaseConfig, clock: Clock.Clock, close: (one: Session.Session) => void) =>
  new Sessions({
    clock,
    size: connection_pool.max_size,
    depth: connection_pool.multiplex ? connection_pool.multiplex_depth : 0,
    spread: connection_pool.min_size,
    step: Duration.toMillis(Waiting.patienceOf(connection_pool)) / 10,
    checkAfter: Duration.toMillis(connection_pool.validate_after) || Infinity,
    close
  })

export const make = Effect.fnUntraced(function*(current: Current, server: Server, observe: Observer) {
  const { config } = current
  const { max_size } = config.connection_pool
  const run = yield* FiberSet.makeRuntime<never>()
  const sessions = sessionsOf(config, yield* Clock.Clock, (session) => run(Session.close(session)))
  const opening = Opening.make(current, server, sessions)
  const wait = Waiting.make(sessions, () => current.config.connection_pool, run)
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => Effect.forEach(sessions.shut(refused(new PoolClosed())), Session.close, { discard: true }))
  )
  yield* Upkeep.start(current, sessions, opening.once)
  yield* gauges(sessions, max_size)
  const made: SessionPool = {
    ...Lending.make({ config, observe, opening, run, sessions, wait }),
    server,
    state: () => stateOf(sessions, server, max_size),
    renew: () => sessions.renew()
  }
  return made
})
