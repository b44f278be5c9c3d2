/** What becomes of a session when its holder has ended. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Lease } from "./lease.ts"
import * as Session from "./session.ts"
import type { Sessions } from "./Sessions.ts"

const isInterrupted = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause)

export type GiveBack = (lease: Lease, exit: Exit.Exit<unknown, unknown>) => undefined

export const make = (sessions: Sessions, run: (effect: Effect.Effect<void>) => unknown): GiveBack => {
  const settled = (session: Session.Session) =>
    Effect.map(Session.check(session), (well) => well ? sessions.admit(session) : sessions.discard(session))

  /** A cancelled statement may leave a cancellation behind, which the next round trip takes away. */
  const settle = (lease: Lease): void => {
    const session = sessions.setAside(lease)
    if (session !== undefined) run(settled(session))
  }

  return (lease, exit) => {
    const lost = lease.connection?.lost === true
    if (!lost && lease.exclusive && isInterrupted(exit)) settle(lease)
    sessions.give(lease, lost)
  }
}
