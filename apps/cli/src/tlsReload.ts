/** `heptad tls-reload`: the running app reads its certificates again. */
import * as Command from "effect/cli/Command"
import { flags } from "./control/flags.ts"
import { dryRun, json, loaded } from "./verb.ts"

export const tlsReload = Command.make(
  "tls-reload",
  { ...flags, dryRun, json },
  loaded(() => import("./tls-reload/run.ts"))
).pipe(
  Command.withDescription(
    "Let the running app read its certificates, keys and authorities again; what is at fault stays as it was. Ends with 1 " +
      "when a file was refused"
  )
)
