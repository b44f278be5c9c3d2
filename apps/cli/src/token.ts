/** `heptad token`: a token of the app with the same settings and data directory, whether it runs or not. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Schema from "effect/Schema"
import { flags } from "./settingsFlags.ts"
import { apiKey } from "./token/apiKey.ts"
import { duration, loaded } from "./verb.ts"

/** What a server takes for a subject; a token for anything else would be refused. */
const Subject = Schema.NonEmptyString.check(Schema.isMaxLength(256))

const all = {
  ...flags,
  sub: Flag.String("sub").pipe(Flag.withDescription("Whom the token is for"), Flag.withSchema(Subject)),
  role: Flag.String("role").pipe(
    Flag.withDescription("A role that the token names; repeatable; believed where network.auth.roles_from_token is on"),
    Flag.atLeast(0)
  ),
  ttl: duration("ttl").pipe(
    Flag.withDescription("How long it is good, for example 30s or 8h; default: network.auth.jwt.ttl"),
    Flag.optional
  )
}

export const token = Command.make("token", all, loaded(() => import("./token/run.ts"))).pipe(
  Command.withDescription("Print a JSON Web Token that the app with these settings accepts; or make an API key"),
  Command.withSubcommands([apiKey])
)
