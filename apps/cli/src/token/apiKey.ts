/** `heptad token api-key`: a new API key, shown once, and the entry of the settings that lets the app accept it. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { json, loaded } from "../verb.ts"

const all = {
  id: Flag.String("id").pipe(Flag.withDescription("Names the key in logs; unique")),
  subject: Flag.String("subject").pipe(Flag.withDescription("Who asks with the key")),
  roles: Flag.String("role").pipe(
    Flag.withDescription("A role of the key beside those of its subject; repeatable"),
    Flag.atLeast(0)
  ),
  expires: Flag.Date("expires").pipe(
    Flag.withDescription("When it stops being good, for example 2027-01-01; default: never"),
    Flag.optional
  ),
  json
}

export const apiKey = Command.make("api-key", all, loaded(() => import("./runApiKey.ts"))).pipe(
  Command.withDescription(
    "Make an API key: prints it once, and the entry for network.auth.api_keys, which has its hash only"
  )
)
