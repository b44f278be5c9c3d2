/**
 * Every key that verifies tokens. A token's header chooses among them, but only where its algorithm is one of the key's own
 * type: a public key is never taken for an HS256 secret, nor a secret for anything else.
 */
import { DataDirectory } from "@heptad/common"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { createSecretKey, type KeyObject } from "node:crypto"
import type { NetworkConfig } from "../config.ts"
import { type Algorithm, hasPublicKeys } from "../config/auth.ts"
import { AuthKeysUnusable, JwtSecretMissing } from "../errors.ts"
import type { JwtHeader } from "./jwtHeader.ts"
import * as KeyRing from "./KeyRing.ts"
import { ofJwks, ofPem, type PublicKey } from "./publicKeys.ts"
import * as Read from "./readKeys.ts"

type Jwt = NetworkConfig["auth"]["jwt"]

export interface JwtKeys {
  /** What a header may name. */
  readonly algorithms: ReadonlySet<Algorithm>
  /** The keys to try, at most `candidates`; none: nobody knows such a key. */
  readonly of: (header: JwtHeader) => Effect.Effect<ReadonlyArray<KeyObject>, "key" | "keys_unavailable">
  /** What is wrong with the public keys, half a sentence; absent where none are set. */
  readonly fault: ((nowMillis: number) => string | undefined) | undefined
  /** Another text when there are other keys. */
  readonly version: (nowMillis: number) => string
}

/** Keys without an id are tried one after the other; each costs a signature. */
const candidates = 4

const asymmetric: ReadonlyArray<Algorithm> = ["RS256", "PS256", "ES256", "ES384", "EdDSA"]

/** The secret of the settings, or one that is made once and kept, where nothing else verifies tokens and that is allowed. */
export const secretOf = Effect.fnUntraced(function*(jwt: Jwt) {
  if (jwt.secret !== undefined) return jwt.secret
  if (hasPublicKeys(jwt)) return undefined
  if (!jwt.generate_secret) return yield* new JwtSecretMissing()
  return yield* (yield* DataDirectory).secret("jwt-secret", 32)
})

export const secretKey = (secret: Redacted.Redacted): KeyObject => createSecretKey(Redacted.value(secret), "utf8")

const sourcesOf = (jwt: Jwt): ReadonlyArray<KeyRing.Source<PublicKey>> => {
  const file = {
    kind: "file",
    maxAge: jwt.key_files_interval,
    cooldown: jwt.key_files_interval,
    maxStale: Duration.infinity
  } as const
  const sources: Array<KeyRing.Source<PublicKey>> = []
  if (jwt.public_key_file !== undefined) {
    const read = Read.ofFile(jwt.public_key_file, jwt.jwks_max_size)
    sources.push({ ...file, setting: "network.auth.jwt.public_key_file", read, parse: ofPem })
  }
  if (jwt.jwks_file !== undefined) {
    const read = Read.ofFile(jwt.jwks_file, jwt.jwks_max_size)
    sources.push({ ...file, setting: "network.auth.jwt.jwks_file", read, parse: ofJwks })
  }
  if (jwt.jwks_url !== undefined) {
    sources.push({
      kind: "url",
      setting: "network.auth.jwt.jwks_url",
      read: Read.ofUrl(jwt.jwks_url, { timeout: jwt.jwks_timeout, maxSize: jwt.jwks_max_size }),
      parse: ofJwks,
      maxAge: jwt.jwks_max_age,
      cooldown: jwt.jwks_cooldown,
      maxStale: jwt.jwks_max_stale
    })
  }
  return sources
}

const ringOf = (source: KeyRing.Source<PublicKey>) =>
  Effect.mapError(KeyRing.make(source), (problem) => new AuthKeysUnusable({ setting: source.setting, problem }))

const fits = ({ alg, kid }: JwtHeader) => (key: PublicKey): boolean =>
  key.algorithms.includes(alg) && (kid === undefined || key.kid === undefined || key.kid === kid)

type Rings = ReadonlyArray<KeyRing.KeyRing<PublicKey>>

const among = (rings: Rings, header: JwtHeader, now: number): ReadonlyArray<KeyObject> =>
  rings.flatMap((ring) => ring.keys(now) ?? []).filter(fits(header)).slice(0, candidates).map(({ key }) => key)

const askAll = (rings: Rings) => Effect.forEach(rings, ({ ask }) => ask, { concurrency: "unbounded", discard: true })

/** Where a source has nothing to show, nobody can say that it does not know the key. */
const unknownAt = (rings: Rings, now: number): "key" | "keys_unavailable" =>
  rings.some((ring) => ring.keys(now) === undefined) ? "keys_unavailable" : "key"

/** An unknown key may be a new one: the sources are asked again before the token is refused. */
const publicOf = (rings: Rings) =>
  Effect.fnUntraced(function*(header: JwtHeader): Effect.fn.Return<
    ReadonlyArray<KeyObject>,
    "key" | "keys_unavailable"
  > {
    const now = yield* Clock.currentTimeMillis
    const found = among(rings, header, now)
    if (found.length > 0) return found
    yield* askAll(rings)
    const later = yield* Clock.currentTimeMillis
    const renewed = among(rings, header, later)
    if (renewed.length > 0) return renewed
    return yield* Effect.fail(unknownAt(rings, later))
  })

const allowed = (jwt: Jwt, secrets: ReadonlyArray<unknown>): ReadonlySet<Algorithm> => {
  const possible: ReadonlyArray<Algorithm> = [
    ...(secrets.length > 0 ? ["HS256" as const] : []),
    ...(hasPublicKeys(jwt) ? asymmetric : [])
  ]
  return new Set(jwt.algorithms === undefined ? possible : possible.filter((each) => jwt.algorithms?.includes(each)))
}

/** Sources that answer and have nothing for the tokens that may come are no better than none. */
const isUseless = (rings: Rings, algorithms: ReadonlySet<Algorithm>, now: number): boolean => {
  const all = rings.map(({ keys }) => keys(now))
  return !all.includes(undefined) && !all.flat().some((key) => key?.algorithms.some((name) => algorithms.has(name)))
}

const faultOf = (rings: Rings, algorithms: ReadonlySet<Algorithm>) => (now: number): string | undefined => {
  const faults = rings.flatMap(({ fault }) => fault(now) ?? [])
  if (faults.length > 0) return faults.join("; ")
  return isUseless(rings, algorithms, now)
    ? "no public key is for an algorithm of network.auth.jwt.algorithms: every token that needs one is refused"
    : undefined
}

/** Files must be readable now; the issuer may be down, its tokens get 503 until it answers. */
export const make = Effect.fnUntraced(function*(jwt: Jwt, secret: Redacted.Redacted | undefined) {
  const secrets = [secret, jwt.previous_secret].flatMap((each) => each === undefined ? [] : [secretKey(each)])
  const rings = yield* Effect.forEach(sourcesOf(jwt), ringOf)
  const ofPublic = publicOf(rings)
  const algorithms = allowed(jwt, secrets)
  const keys: JwtKeys = {
    algorithms,
    fault: rings.length === 0 ? undefined : faultOf(rings, algorithms),
    of: (header) => header.alg === "HS256" ? Effect.succeed(secrets) : ofPublic(header),
    version: (now) => rings.map((ring) => ring.version(now)).join()
  }
  return keys
})
