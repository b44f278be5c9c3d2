/**
 * Clients that are connected for the operating system, and wait in the listener's queue for the process to accept them. Node
 * accepts one in each turn of its event loop, so a busy server has hundreds of them; closing the listener resets every one.
 */
import * as Effect from "effect/Effect"
import type * as net from "node:net"

/** After the event loop has read everything that had arrived. */
export const nextTurn = Effect.callback<void>((resume) => {
  let immediate = setImmediate(() => {
    immediate = setImmediate(() => resume(Effect.void))
  })
  return Effect.sync(() => clearImmediate(immediate))
})

/** Two turns, because the first one may begin after this turn's look at the queue. */
const quietTurns = 2

/** A turn looks at the queue first and works then: who comes while it works is seen by the next one. */
const briefMillis = 0.2

/** A process that has so much to do that no turn is brief is closed all the same, this long after the last one was accepted. */
const patienceMillis = 500

/** Returns when the queue was found empty, or when all who can have waited in it at the beginning were accepted. */
export const emptied = (server: net.Server, backlog: number) =>
  Effect.callback<void>((resume) => {
    const startedAt = performance.now()
    let [accepted, before, quiet, turnedAt, acceptedAt] = [0, 0, 0, startedAt, startedAt]
    const count = () => accepted++
    server.on("connection", count).on("drop", count)

    const turn = () => {
      const now = performance.now()
      quiet = accepted === before && now - turnedAt < briefMillis ? quiet + 1 : 0
      if (accepted !== before) acceptedAt = now
      before = accepted
      turnedAt = now
      if (quiet === quietTurns || accepted > backlog || now - acceptedAt > patienceMillis) end()
      else next = setImmediate(turn)
    }
    const end = () => {
      leave()
      resume(Effect.void)
    }
    const leave = () => {
      clearImmediate(next)
      server.off("connection", count).off("drop", count)
    }
    let next = setImmediate(turn)
    return Effect.sync(leave)
  })
