/** What one upstream is made of, for as long as its settings stay the same. */
import type * as Scope from "effect/Scope"
import type { Breaker } from "./breaker.ts"
import type { Bulkhead } from "./bulkhead.ts"
import type { Deadlines } from "./deadlines.ts"
import type { Endpoints } from "./endpoints.ts"
import type { Policy } from "./policy.ts"
import type { RetryBudget } from "./retryBudget.ts"
import type { Series } from "./series.ts"
import type { Transport } from "./UndiciTransport.ts"

export interface Upstream {
  readonly policy: Policy
  readonly endpoints: Endpoints
  readonly breaker: Breaker
  readonly bulkhead: Bulkhead
  readonly deadlines: Deadlines
  readonly budget: RetryBudget
  readonly series: Series
  readonly transport: Transport
  /** Ends with the last request after the settings changed, or with the app. */
  readonly scope: Scope.Scope
}
