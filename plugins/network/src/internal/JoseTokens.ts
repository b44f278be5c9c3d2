/**
 * Tokens by `jose`. Form and header are looked at before (`jwtHeader.ts`), keys are chosen by us (`jwtKeys.ts`); jose verifies
 * the signature and the claims of time, issuer and audience.
 */
import type { DataDirectory, HealthRegistry } from "@heptad/common"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as jose from "jose"
import type { KeyObject } from "node:crypto"
import type { NetworkConfig } from "../config.ts"
import type { Algorithm } from "../config/auth.ts"
import { Name } from "../credentialNames.ts"
import {
  type AuthKeysUnusable,
  type JwtSecretMissing,
  type TokenFault,
  TokenNotIssued,
  TokenRejected
} from "../errors.ts"
import * as Metrics from "../metrics.ts"
import type { Principal } from "../Principal.ts"
import { TokenIssuer } from "../TokenIssuer.ts"
import { TokenVerifier } from "../TokenVerifier.ts"
import { headerOf } from "./jwtHeader.ts"
import * as JwtKeys from "./jwtKeys.ts"
import * as KeyHealth from "./keyHealth.ts"
import { type Verified, VerifiedTokens } from "./VerifiedTokens.ts"

const own = "HS256"

/** A principal that a token describes; more than these is a token of somebody else or an attack. */
const Claims = Schema.Struct({
  sub: Name(256),
  roles: Schema.Array(Name(128)).check(Schema.isMaxLength(64)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed([]))
  )
})

const decodeClaims = Schema.decodeUnknownEffect(Claims)

const claimFaults: Readonly<Record<string, TokenFault>> = { nbf: "not_yet_valid", iss: "issuer", aud: "audience" }

const faultOf = (error: unknown): TokenFault => {
  if (error instanceof jose.errors.JWTExpired) return "expired"
  // Also a claim of time that is no number: that is a token of somebody who cannot make them.
  if (error instanceof jose.errors.JWTClaimValidationFailed) {
    return error.reason === "check_failed" ? claimFaults[error.claim] ?? "claims" : "claims"
  }
  if (error instanceof jose.errors.JWSSignatureVerificationFailed) return "signature"
  if (error instanceof jose.errors.JOSEAlgNotAllowed) return "algorithm"
  return "malformed"
}

const rejected = (fault: TokenFault) => new TokenRejected({ fault })

const seconds = (duration: Duration.Duration): number => Math.ceil(Duration.toSeconds(duration))

/** What is asked of tokens may change meanwhile: it is read for each of them. */
type Auth = NetworkConfig["auth"]

/** As jose compares, so that what is remembered ends in the same second. */
const isCurrent = ({ exp = 0, nbf = 0 }: jose.JWTPayload, { leeway }: Auth["jwt"], nowMillis: number): boolean => {
  const [now, tolerance] = [Math.floor(nowMillis / 1000), seconds(leeway)]
  return exp > now - tolerance && nbf <= now + tolerance
}

const fromMemory = Metric.withAttributes(Metrics.tokens, { from: "memory" })
const fromSignature = Metric.withAttributes(Metrics.tokens, { from: "signature" })

interface Check {
  readonly token: string
  readonly algorithm: Algorithm
  readonly nowMillis: number
}

const checkWith = ({ jwt }: Auth, { algorithm, nowMillis, token }: Check) => (key: KeyObject) =>
  Effect.tryPromise({
    try: () =>
      jose.jwtVerify(token, key, {
        algorithms: [algorithm],
        issuer: jwt.issuer,
        audience: jwt.audience,
        requiredClaims: ["exp", "sub"],
        clockTolerance: seconds(jwt.leeway),
        currentDate: new globalThis.Date(nowMillis)
      }),
    catch: (error) => rejected(faultOf(error))
  })

/** Keys that do not match are passed over; whatever else is wrong is wrong with every key. */
const checkWithAny = Effect.fnUntraced(function*(auth: Auth, check: Check, keys: ReadonlyArray<KeyObject>) {
  const verify = checkWith(auth, check)
  for (const key of keys) {
    const verified = yield* Effect.catchIf(verify(key), ({ fault }) => fault === "signature", () => Effect.void)
    if (verified !== undefined) return verified.payload
  }
  return yield* rejected("signature")
})

const principalOf = Effect.fnUntraced(function*(claims: jose.JWTPayload, auth: Auth): Effect.fn.Return<
  Principal["Service"],
  TokenRejected
> {
  const { roles, sub } = yield* Effect.mapError(decodeClaims(claims), () => rejected("claims"))
  return Object.freeze({ subject: sub, roles: auth.roles_from_token ? roles : [], method: "jwt", claims })
})

const makeVerifier = (keys: JwtKeys.JwtKeys, auth: Auth): TokenVerifier["Service"] => {
  const known = new VerifiedTokens()

  const verified = Effect.fn("TokenVerifier.verify")(function*(token: string, nowMillis: number) {
    const header = headerOf(token, keys.algorithms)
    if (typeof header === "string") return yield* rejected(header)
    const fitting = yield* Effect.mapError(keys.of(header), rejected)
    const claims = yield* checkWithAny(auth, { token, algorithm: header.alg, nowMillis }, fitting)
    const found: Verified = { claims, principal: yield* principalOf(Object.freeze(claims), auth) }
    return found
  })

  /** What an acceptance depends on beside the token. */
  const conditions = (nowMillis: number) => [auth.jwt, auth.roles_from_token, keys.version(nowMillis)]

  /** For a token that is met for the first time; remembered where nothing has changed meanwhile. */
  const verify = (token: string, nowMillis: number, context: Context.Context<never>) => {
    const before = conditions(nowMillis)
    return Effect.map(verified(token, nowMillis), (found) => {
      fromSignature.updateUnsafe(1, context)
      if (known.isUnder(before)) known.add(token, found, auth.jwt.verified_tokens)
      return found.principal
    })
  }

  return {
    verify: (credential) =>
      Effect.contextWith((context: Context.Context<never>) => {
        const token = Redacted.value(credential)
        if (token.length > auth.jwt.max_token_size) return Effect.fail(rejected("too_large"))
        const nowMillis = Context.get(context, Clock.Clock).currentTimeMillisUnsafe()
        known.under(conditions(nowMillis))
        const found = known.get(token)
        if (found === undefined) return verify(token, nowMillis, context)
        if (isCurrent(found.claims, auth.jwt, nowMillis)) {
          fromMemory.updateUnsafe(1, context)
          return Effect.succeed(found.principal)
        }
        known.delete(token)
        return verify(token, nowMillis, context)
      })
  }
}

const signed = (auth: Auth, key: KeyObject): TokenIssuer["Service"]["issue"] =>
  Effect.fn("TokenIssuer.issue")(function*({ roles, sub, ttl }) {
    const now = Math.floor((yield* Clock.currentTimeMillis) / 1000)
    const token = new jose.SignJWT(roles === undefined ? {} : { roles: [...roles] })
      .setProtectedHeader({ alg: own, typ: "JWT" })
      .setSubject(sub)
      .setIssuer(auth.jwt.issuer)
      .setAudience(auth.jwt.audience)
      .setIssuedAt(now)
      .setExpirationTime(now + seconds(ttl === undefined ? auth.jwt.ttl : Duration.fromInputUnsafe(ttl)))
    return Redacted.make(yield* Effect.promise(() => token.sign(key)))
  })

const makeIssuer = (auth: Auth, secret: Redacted.Redacted | undefined): TokenIssuer["Service"] => ({
  issue: secret === undefined ? () => Effect.fail(new TokenNotIssued()) : signed(auth, JwtKeys.secretKey(secret))
})

/** Only makes tokens: reads no key files and asks no issuer. For the command line. */
export const layerIssuer = (auth: Auth): Layer.Layer<TokenIssuer, JwtSecretMissing, DataDirectory> =>
  Layer.effect(TokenIssuer, Effect.map(JwtKeys.secretOf(auth.jwt), (secret) => makeIssuer(auth, secret)))

const make = Effect.fnUntraced(function*(auth: Auth) {
  const secret = yield* JwtKeys.secretOf(auth.jwt)
  const keys = yield* JwtKeys.make(auth.jwt, secret)
  const made = Context.make(TokenVerifier, makeVerifier(keys, auth)).pipe(
    Context.add(TokenIssuer, makeIssuer(auth, secret))
  )
  return { keys, made }
})

/** Verifier and issuer with the keys of the settings, or with a secret that is made once and kept in the data directory. */
export const layerSettings = (
  auth: Auth
): Layer.Layer<TokenVerifier | TokenIssuer, JwtSecretMissing | AuthKeysUnusable, DataDirectory> =>
  Layer.effectContext(Effect.map(make(auth), ({ made }) => made))

/** The same, and a health check where there are public keys. */
export const layerWatched = (
  auth: Auth
): Layer.Layer<TokenVerifier | TokenIssuer, JwtSecretMissing | AuthKeysUnusable, DataDirectory | HealthRegistry> =>
  Layer.effectContext(Effect.gen(function*() {
    const { keys: { fault }, made } = yield* make(auth)
    if (fault !== undefined) yield* KeyHealth.register("network_token_keys", fault)
    return made
  }))
