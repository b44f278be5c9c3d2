/** `heptad token`: a token of the app with the same settings and data directory, whether it runs or not. */
import { CommonConfig } from "@heptad/common"
import { layerDataDirectory } from "@heptad/common/plugin"
import { NetworkConfig, TokenIssuer } from "@heptad/network"
import { layerTokens } from "@heptad/network/plugin"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as settings from "./settings.ts"

/** What a server takes for a subject; a token for anything else would be refused. */
const Subject = Schema.NonEmptyString.check(Schema.isMaxLength(256))

const flags = {
  ...settings.flags,
  sub: Flag.String("sub").pipe(Flag.withDescription("Whom the token is for"), Flag.withSchema(Subject)),
  role: Flag.String("role").pipe(
    Flag.withDescription("A role that the token names; repeatable; believed where network.auth.roles_from_token is on"),
    Flag.atLeast(0)
  ),
  ttl: Flag.String("ttl").pipe(
    Flag.withDescription("How long it is good, for example 30s or 8h; default: network.auth.jwt.ttl"),
    Flag.withSchema(settings.Duration),
    Flag.optional
  )
}

const issuer = Effect.fnUntraced(function*(given: settings.Given) {
  const { common, network } = yield* settings.sections(given, { common: CommonConfig, network: NetworkConfig })
  return layerTokens(network.auth).pipe(Layer.provide(layerDataDirectory(common.data_dir)))
})

export const token = Command.make(
  "token",
  flags,
  Effect.fnUntraced(function*({ role, sub, ttl, ...given }) {
    const issued = TokenIssuer.use(({ issue }) => issue({ sub, roles: role, ttl: Option.getOrUndefined(ttl) }))
    yield* Console.log(Redacted.value(yield* Effect.provide(issued, yield* issuer(given))))
  })
).pipe(Command.withDescription("Print a JSON Web Token that the app with these settings accepts"))
