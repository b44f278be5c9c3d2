/** HS256 tokens by `jose`. The algorithm is fixed: a token's header never chooses how it is verified. */
import { DataDirectory } from "@heptad/common"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as jose from "jose"
import type { NetworkConfig } from "../config.ts"
import { JwtSecretMissing, type TokenFault, TokenRejected } from "../errors.ts"
import type { Principal } from "../Principal.ts"
import { TokenIssuer } from "../TokenIssuer.ts"
import { TokenVerifier } from "../TokenVerifier.ts"

const algorithm = "HS256"

/** Control characters and halves of surrogate pairs name nobody, and a database cannot be asked for them. */
const Name = (maximum: number) =>
  Schema.NonEmptyString.check(Schema.isMaxLength(maximum), Schema.isPattern(/^[^\p{Cc}\p{Cs}]+$/u))

/** A principal that a token describes; more than these is a token of somebody else or an attack. */
const Claims = Schema.Struct({
  sub: Name(256),
  roles: Schema.Array(Name(128)).check(Schema.isMaxLength(64)).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed([]))
  )
})

const decodeClaims = Schema.decodeUnknownEffect(Claims)

const faultOf = (error: unknown): TokenFault => {
  if (error instanceof jose.errors.JWTExpired) return "expired"
  if (error instanceof jose.errors.JWTClaimValidationFailed) return error.claim === "nbf" ? "not_yet_valid" : "claims"
  if (error instanceof jose.errors.JWSSignatureVerificationFailed) return "signature"
  if (error instanceof jose.errors.JOSEAlgNotAllowed) return "algorithm"
  return "malformed"
}

const seconds = (duration: Duration.Duration): number => Math.ceil(Duration.toSeconds(duration))

const importKey = (secret: Redacted.Redacted) =>
  Effect.promise(() =>
    globalThis.crypto.subtle.importKey(
      "raw",
      new TextEncoder().encode(Redacted.value(secret)),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign", "verify"]
    )
  )

type Key = Effect.Success<ReturnType<typeof importKey>>

/** What is asked of tokens may change meanwhile: it is read for each of them. */
type Auth = NetworkConfig["auth"]

const makeVerifier = (key: Key, auth: Auth): TokenVerifier["Service"] => {
  const verify = (token: string, nowMillis: number) =>
    Effect.tryPromise({
      try: () =>
        jose.jwtVerify(token, key, {
          algorithms: [algorithm],
          issuer: auth.jwt.issuer,
          audience: auth.jwt.audience,
          requiredClaims: ["exp", "sub"],
          clockTolerance: seconds(auth.jwt.leeway),
          currentDate: new globalThis.Date(nowMillis)
        }),
      catch: (error) => new TokenRejected({ fault: faultOf(error) })
    })

  const principalOf = Effect.fnUntraced(function*(claims: jose.JWTPayload): Effect.fn.Return<
    Principal["Service"],
    TokenRejected
  > {
    const { roles, sub } = yield* Effect.mapError(decodeClaims(claims), () => new TokenRejected({ fault: "claims" }))
    return { subject: sub, roles: auth.roles_from_token ? roles : [], claims }
  })

  return {
    verify: Effect.fn("TokenVerifier.verify")(function*(token) {
      const text = Redacted.value(token)
      if (text.length > auth.jwt.max_token_size) return yield* new TokenRejected({ fault: "too_large" })
      const { payload } = yield* verify(text, yield* Clock.currentTimeMillis)
      return yield* principalOf(payload)
    })
  }
}

const makeIssuer = (key: Key, auth: Auth): TokenIssuer["Service"] => ({
  issue: Effect.fn("TokenIssuer.issue")(function*({ roles, sub, ttl }) {
    const now = Math.floor((yield* Clock.currentTimeMillis) / 1000)
    const token = new jose.SignJWT(roles === undefined ? {} : { roles: [...roles] })
      .setProtectedHeader({ alg: algorithm, typ: "JWT" })
      .setSubject(sub)
      .setIssuer(auth.jwt.issuer)
      .setAudience(auth.jwt.audience)
      .setIssuedAt(now)
      .setExpirationTime(now + seconds(ttl === undefined ? auth.jwt.ttl : Duration.fromInputUnsafe(ttl)))
    return Redacted.make(yield* Effect.promise(() => token.sign(key)))
  })
})

/** Verifier and issuer of one secret. */
const layer = (
  secret: Redacted.Redacted,
  auth: Auth
): Layer.Layer<TokenVerifier | TokenIssuer> =>
  Layer.effectContext(Effect.map(importKey(secret), (key) =>
    Context.make(TokenVerifier, makeVerifier(key, auth)).pipe(
      Context.add(TokenIssuer, makeIssuer(key, auth))
    )))

const secretOf = Effect.fnUntraced(function*({ jwt }: Auth) {
  if (jwt.secret !== undefined) return jwt.secret
  if (!jwt.generate_secret) return yield* new JwtSecretMissing()
  return yield* (yield* DataDirectory).secret("jwt-secret", 32)
})

/**
 * The same with the secret of the settings, or with one that is made once and kept in the data directory where that is
 * allowed. The command line uses it without a server.
 */
export const layerSettings = (
  auth: Auth
): Layer.Layer<TokenVerifier | TokenIssuer, JwtSecretMissing, DataDirectory> =>
  Layer.unwrap(Effect.map(secretOf(auth), (secret) => layer(secret, auth)))
