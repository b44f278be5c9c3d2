/** Issues a token with the settings and the key of an app. */
import { CommonConfig } from "@heptad/common"
import { layerDataDirectory } from "@heptad/common/plugin"
import { NetworkConfig, TokenIssuer } from "@heptad/network"
import { layerIssuer } from "@heptad/network/plugin"
import * as Console from "effect/Console"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as settings from "../settings.ts"
import type { Given } from "../settingsFlags.ts"

interface Wanted extends Given {
  readonly sub: string
  readonly role: ReadonlyArray<string>
  readonly ttl: Option.Option<Duration.Duration>
}

const issuer = Effect.fnUntraced(function*(given: Given) {
  const { common, network } = yield* settings.sections(given, { common: CommonConfig, network: NetworkConfig })
  return layerIssuer(network.auth).pipe(Layer.provide(layerDataDirectory(common.data_dir)))
})

export const run = Effect.fnUntraced(function*({ role, sub, ttl, ...given }: Wanted) {
  const issued = TokenIssuer.use(({ issue }) => issue({ sub, roles: role, ttl: Option.getOrUndefined(ttl) }))
  yield* Console.log(Redacted.value(yield* Effect.provide(issued, yield* issuer(given))))
})
