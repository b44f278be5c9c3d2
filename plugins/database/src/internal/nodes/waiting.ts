/** Statements that wait for a primary: while there is one that waits, every server is asked again and again. */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import { NoPrimary } from "../../errors.ts"
import type { Current } from "../SessionPool.ts"
import { describe, type Node } from "./Node.ts"

/** Between two looks. */
const rest = Duration.millis(100)

export const noPrimary = (all: ReadonlyArray<Node>, how?: string) =>
  new NoPrimary({ servers: describe(all), ...(how !== undefined && { how }) })

const refused = (all: ReadonlyArray<Node>, how: string): SqlError => {
  const cause = noPrimary(all, how)
  return new SqlError({ reason: new ConnectionError({ cause, message: cause.message, operation: "acquire" }) })
}

export interface Options {
  readonly all: ReadonlyArray<Node>
  readonly current: Current
  readonly fork: (effect: Effect.Effect<unknown>) => unknown
  readonly look: Effect.Effect<void>
  readonly primary: () => Node | undefined
}

export const make = ({ all, current, fork, look, primary }: Options) => {
  let found = Deferred.makeUnsafe<void>()
  let waiting = 0
  let searching = false

  const search = () => {
    if (searching) return
    searching = true
    fork(Effect.ensuring(
      Effect.repeat(Effect.andThen(look, Effect.sleep(rest)), { while: () => waiting > 0 }),
      Effect.sync(() => {
        searching = false
      })
    ))
  }

  const next = (since: number): Effect.Effect<Node> =>
    Effect.suspend(() => {
      const node = primary()
      if (node !== undefined && node.problem === undefined && node.askedAt >= since) return Effect.succeed(node)
      search()
      return Effect.flatMap(Deferred.await(found), () => next(since))
    })

  const awaitPrimary = (since: number, millis: number): Effect.Effect<Node, SqlError> =>
    Effect.suspend(() => {
      if (waiting >= Math.max(1, current.config.connection_pool.max_waiting)) {
        return Effect.fail(refused(all, `${waiting} statements wait for one already`))
      }
      waiting++
      const waited = Duration.format(current.config.connection_pool.connection_timeout)
      return next(since).pipe(
        Effect.timeoutOrElse({
          duration: Duration.millis(Math.max(0, millis)),
          orElse: () => Effect.fail(refused(all, `waited ${waited}`))
        }),
        Effect.ensuring(Effect.sync(() => waiting--))
      )
    })

  return {
    awaitPrimary,
    /** A primary answers: everybody who waits looks whether that will do. */
    announce: () => {
      Deferred.doneUnsafe(found, Effect.void)
      found = Deferred.makeUnsafe()
    }
  }
}
