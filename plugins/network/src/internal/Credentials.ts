/** `Authenticator` by the proofs that the settings accept. Refusals are counted, and told once per burst. */
import type { HealthRegistry } from "@heptad/common"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { Authenticator } from "../Authenticator.ts"
import type { NetworkConfig } from "../config.ts"
import { Name } from "../credentialNames.ts"
import { AuthenticationUnavailable, type AuthKeysUnusable, type CredentialFault, Unauthenticated } from "../errors.ts"
import type { Principal } from "../Principal.ts"
import { TokenVerifier } from "../TokenVerifier.ts"
import * as ApiKeys from "./ApiKeys.ts"
import { challengeOf } from "./challenge.ts"
import * as KeyHealth from "./keyHealth.ts"
import { type PeerNames, peerNames } from "./peerNames.ts"
import * as Refusals from "./refusals.ts"

/** Parts that change are read by every request. */
type Config = Pick<NetworkConfig, "auth" | "tls">

type Outcome = Effect.Effect<Principal["Service"], Unauthenticated | AuthenticationUnavailable>

const refuse = (fault: CredentialFault): Outcome => Effect.fail(new Unauthenticated({ fault }))

const scheme = /^bearer +/i

/** The token of a bearer header; other schemes are none of ours. */
const bearerOf = ({ headers: { authorization } }: HttpServerRequest): string | undefined => {
  const start = authorization === undefined ? null : scheme.exec(authorization)
  return start === null ? undefined : authorization?.slice(start[0].length)
}

const byToken = (verifier: TokenVerifier["Service"], token: string): Outcome =>
  token === "" ? refuse("missing") : Effect.mapError(
    verifier.verify(Redacted.make(token)),
    ({ fault }) => fault === "keys_unavailable" ? new AuthenticationUnavailable() : new Unauthenticated({ fault })
  )

const byKey = (keys: ApiKeys.ApiKeys, key: string): Outcome =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const found = keys.find(key, now)
    return typeof found === "string" ? refuse(found) : Effect.succeed(found)
  })

const isName = Schema.is(Name(256))

const standsFor = ({ subject, subjects }: NetworkConfig["auth"]["mtls"], names: PeerNames) => {
  const [name, ...others] = names[subject]
  // Who has two names could choose between two people.
  if (name === undefined || others.length > 0) return undefined
  const whom = subjects === undefined ? name : Object.hasOwn(subjects, name) ? subjects[name] : undefined
  return whom === undefined || !isName(whom) ? undefined : { name, whom }
}

const byCertificate = ({ auth: { mtls }, tls }: Config, { source }: HttpServerRequest): Outcome => {
  const names = mtls.enabled && tls.verify_client ? peerNames(source) : undefined
  if (names === undefined) return refuse("missing")
  const found = standsFor(mtls, names)
  if (found === undefined) return refuse("certificate")
  return Effect.succeed({ subject: found.whom, roles: [], method: "mtls", claims: { certificate: found.name } })
}

/** Header names of a request are in lower case. */
const headerOf = ({ headers }: HttpServerRequest, { api_keys }: NetworkConfig["auth"]): string | undefined =>
  headers[api_keys.header.toLowerCase()]

const make = Effect.fnUntraced(function*(config: Config) {
  const verifier = yield* TokenVerifier
  const keys = yield* ApiKeys.make(config.auth)
  if (keys.accepted()) yield* KeyHealth.register("network_api_keys", keys.fault)
  const refused = Refusals.make()

  const proof = (request: HttpServerRequest): Outcome => {
    const token = bearerOf(request)
    if (token !== undefined) return byToken(verifier, token)
    const key = keys.accepted() ? headerOf(request, config.auth) : undefined
    return key === undefined || key === "" ? byCertificate(config, request) : byKey(keys, key)
  }

  return Context.make(Authenticator, {
    authenticate: (request) => Effect.tapError(proof(request), refused),
    challenge: (error) => challengeOf(error, keys.accepted() ? config.auth.api_keys.header : undefined)
  })
})

export const layer = (config: Config): Layer.Layer<Authenticator, AuthKeysUnusable, TokenVerifier | HealthRegistry> =>
  Layer.effectContext(make(config))
