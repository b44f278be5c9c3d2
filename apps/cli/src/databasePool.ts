/** `heptad database-pool`: who holds the database sessions of the running app. */
import * as Command from "effect/cli/Command"
import { flags } from "./control/flags.ts"
import { json, loaded } from "./verb.ts"

export const databasePool = Command.make(
  "database-pool",
  { ...flags, json },
  loaded(() => import("./database-pool/run.ts"))
).pipe(
  Command.withDescription(
    "Tell how many database sessions of the running app are open, in use and waited for, and who holds them, the oldest first"
  )
)
