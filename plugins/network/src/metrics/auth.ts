/** Who is known, what it may do, and the keys that tell. */
import * as Metric from "effect/Metric"

/** Requests whose sender is not known. Attribute: `reason`, one of the faults of a credential. */
export const authFailures = Metric.counter("auth_failures_total", {
  description: "Requests without a credential that was accepted",
  incremental: true
})

/** Decisions about who may do what. Attribute: `outcome`, `granted`, `denied` or `unavailable`. */
export const decisions = Metric.counter("authorization_decisions_total", {
  description: "Decisions about permissions",
  incremental: true
})

/** Tokens accepted. Attribute: `from`, `signature` when it was verified, `memory` when it was verified a moment ago. */
export const tokens = Metric.counter("auth_tokens_accepted_total", {
  description: "Tokens accepted",
  incremental: true
})

/** Loads of keys. Attributes: `source`, `file` or `url`; `outcome`, `loaded` or `failed`. */
export const keyLoads = Metric.counter("auth_key_loads_total", {
  description: "Loads of public keys and API keys",
  incremental: true
})
