/** Where the statements of an effect go, when the statement itself is not to decide. Set by `Database.onPrimary` and `onReplica`. */
import * as Context from "effect/Context"

export const Route = Context.Reference<"by statement" | "primary" | "replica">("@heptad/database/Route", {
  defaultValue: () => "by statement"
})
