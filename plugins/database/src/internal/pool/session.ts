/** One session of the pool: how it is opened, asked whether it is well, and closed. */
import * as PgConnection from "@effect/sql-pg/PgConnection"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import type { SqlError } from "effect/sql/SqlError"
import type * as Net from "node:net"
import { logIn, type SessionConfig } from "../nodes/logIn.ts"
import { connect } from "./socket.ts"

export interface Session {
  readonly connection: PgConnection.PgConnection
  readonly socket: Net.Socket
  readonly scope: Scope.Closeable
  /** Not used any more after this. */
  readonly retiresAt: number
  /** When it was last given back. */
  usedAt: number
  /** Who holds it: one, or several that share it. */
  leases: number
  /** To be closed as soon as nobody holds it. */
  over: boolean
}

/** Sessions that were opened together do not end together. */
const jitter = 0.1

/** `random`: from 0 to 1. */
export const retiresAt = (now: number, lifetime: Duration.Duration, random: number): number =>
  now + Duration.toMillis(lifetime) * (1 - jitter * random)

/** A session and the socket below it, until the scope closes. */
export const connected = (config: SessionConfig) =>
  Effect.suspend(() => {
    let socket: Net.Socket | undefined
    /** The first one is the session's, those that follow cancel; a second attempt begins anew. */
    const attempt = (config: PgConnection.Config) => {
      socket = undefined
      const stream = () => {
        const made = connect(config)
        socket ??= made
        return made
      }
      return PgConnection.make({ ...config, stream })
    }
    return Effect.flatMap(logIn(config, attempt), (connection) =>
      socket === undefined
        ? Effect.die("the driver opened a session without a socket")
        : Effect.succeed({ connection, socket }))
  })

/** `got` is called in the same uninterruptible breath, so that a session belongs to somebody at every moment. */
export const open = (
  config: SessionConfig,
  lifetime: Duration.Duration,
  got: (session: Session) => void
): Effect.Effect<void, SqlError> =>
  Effect.uninterruptibleMask(Effect.fnUntraced(function*(restore) {
    const scope = yield* Scope.make()
    const { connection, socket } = yield* restore(Scope.provide(connected(config), scope)).pipe(
      Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
    )
    const [now, random] = [yield* Clock.currentTimeMillis, yield* Random.next]
    got({ connection, socket, scope, retiresAt: retiresAt(now, lifetime, random), usedAt: now, leases: 0, over: false })
  }))

export const close = ({ scope }: Session): Effect.Effect<void> => Scope.close(scope, Exit.void)

/** Longest wait for an answer to `SELECT 1` on a session that is asked whether it is well. */
const checkTimeout = Duration.seconds(2)

/**
 * One round trip. Closing the socket ends the question at once, where interrupting it would first try to cancel it on a server that
 * may be gone.
 */
export const check = ({ connection, socket }: Session): Effect.Effect<boolean> =>
  Effect.scoped(
    Effect.andThen(
      Effect.forkScoped(Effect.delay(Effect.sync(() => socket.destroy()), checkTimeout)),
      Effect.isSuccess(connection.query("SELECT 1", [], false))
    )
  )
