/**
 * Who was allowed to do what, and who was not: one structured line and one count for each decision. `Authorization` writes
 * it; a service that decides more finely than an endpoint may write its own decisions too.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Principal } from "./Principal.ts"

export interface Decision {
  readonly principal: Principal["Service"]
  /** Absent where an endpoint names none. */
  readonly permission: string | undefined
  /** `unavailable`: nobody could tell, so it was not allowed. */
  readonly outcome: "granted" | "denied" | "unavailable"
  /** A few words, for example `no role of the subject has it`. */
  readonly reason: string
}

export class DecisionLog extends Context.Service<DecisionLog, {
  /** Refusals are always logged, grants with `network.auth.log_grants`; both are counted. */
  readonly record: (decision: Decision) => Effect.Effect<void>
}>()("@heptad/network/DecisionLog") {}
