/** What an effect says about the statements in it; read where a statement is sent. */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"

/** Its statements may be sent again when nobody knows whether the first time took effect. */
export const Idempotent = Context.Reference<boolean>("@heptad/database/Idempotent", { defaultValue: () => false })

/** How long each of its statements may run, when that is shorter than `query_timeout`. */
export const StatementTimeout = Context.Reference<Duration.Duration | undefined>("@heptad/database/StatementTimeout", {
  defaultValue: () => undefined
})
