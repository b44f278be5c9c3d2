/**
 * Who is healthy, told by the plugins and read by monitoring. Checks run on fibers of their own, on their own interval,
 * with a deadline; readers get the last result and its age: a stuck check is a failed check and never a stuck probe.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Unhealthy } from "./errors.ts"
import { make } from "./internal/health.ts"
import type { Pace } from "./Pace.ts"

/** Which question a check answers: restart me? send me traffic? */
export type HealthKind = "liveness" | "readiness"

/** `critical`: failing makes the app not ready. `degrading`: failing is a warning. `info`: shown only. */
export type Criticality = "critical" | "degrading" | "info"

export interface HealthCheck {
  /** Unique, for example `database_connection`. */
  readonly name: string
  readonly kind: HealthKind
  readonly criticality: Criticality
  /** Between two rounds; a `Pace` where it may change meanwhile. */
  readonly interval: Duration.Duration | Pace
  readonly timeout: Duration.Duration
  readonly run: Effect.Effect<void, Unhealthy>
}

export type HealthStatus = "pass" | "warn" | "fail" | "unknown"

/** The last round of one check. `status` is what the round said, whatever the criticality; `verdict` weighs it. */
export interface HealthResult {
  readonly name: string
  readonly kind: HealthKind
  readonly criticality: Criticality
  readonly status: HealthStatus
  /** Why it does not pass; absent when it does. */
  readonly reason?: string
  /** When the last round ended; before the first one ended, when the check was registered. */
  readonly checkedAtMillis: number
  readonly durationMillis: number
}

export class HealthRegistry extends Context.Service<HealthRegistry, {
  /** Starts the check at once and repeats it until the scope closes. Two checks of one name are a defect. */
  readonly register: (check: HealthCheck) => Effect.Effect<void, never, Scope.Scope>
  /** The last result of every check, by name. Never waits. */
  readonly results: Effect.Effect<ReadonlyArray<HealthResult>>
  /**
   * The worst result of one kind: `fail` when a critical check fails, `unknown` when one has not run yet, `warn` when a
   * degrading check does not pass, else `pass`.
   */
  readonly verdict: (kind: HealthKind) => Effect.Effect<HealthStatus>
}>()("@heptad/common/HealthRegistry") {
  static readonly layer = Layer.sync(HealthRegistry, make)
}
