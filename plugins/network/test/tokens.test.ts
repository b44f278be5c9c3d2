import { assert, describe, it } from "@effect/vitest"
import { layerMemory } from "@heptad/common/testing"
import { JwtSecretMissing, TokenIssuer, TokenVerifier } from "@heptad/network"
import { layerTokens } from "@heptad/network/plugin"
import { settings, testSecret } from "@heptad/network/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { createHmac } from "node:crypto"

const { auth } = settings()
const tokens = layerTokens(auth).pipe(Layer.provide(layerMemory))

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")

/** A token made by hand, so that every part of it can be wrong. */
const forge = (
  claims: Readonly<Record<string, unknown>>,
  options: { readonly alg?: string; readonly key?: string; readonly hash?: string } = {}
) => {
  const signed = `${encode({ alg: options.alg ?? "HS256" })}.${encode(claims)}`
  const signature = createHmac(options.hash ?? "sha256", options.key ?? testSecret).update(signed).digest("base64url")
  return `${signed}.${signature}`
}

/** The test clock starts at 0. */
const good = { sub: "alice", iss: "heptad", aud: "api", exp: 60, roles: ["clerk"] }

const verify = (token: string) => Effect.flatMap(TokenVerifier, (verifier) => verifier.verify(Redacted.make(token)))

const faultOf = (token: string) => Effect.map(Effect.flip(verify(token)), ({ fault }) => fault)

const refused: ReadonlyArray<readonly [name: string, token: string, fault: string]> = [
  ["another key", forge(good, { key: "another secret that is long enough too" }), "signature"],
  ["a changed payload", forge(good).replace(/\.[^.]+\./, `.${encode({ ...good, sub: "root" })}.`), "signature"],
  ["no signature", forge(good).replace(/[^.]+$/, ""), "signature"],
  ["alg none", `${encode({ alg: "none" })}.${encode(good)}.`, "algorithm"],
  ["alg None", `${encode({ alg: "None" })}.${encode(good)}.`, "algorithm"],
  ["alg HS512 with the right key", forge(good, { alg: "HS512", hash: "sha512" }), "algorithm"],
  ["alg RS256", forge(good, { alg: "RS256" }), "algorithm"],
  ["another issuer", forge({ ...good, iss: "my-app" }), "issuer"],
  ["another audience", forge({ ...good, aud: "web" }), "audience"],
  ["no expiry", forge({ ...good, exp: undefined }), "claims"],
  ["an expiry that is no number", forge({ ...good, exp: "60" }), "claims"],
  ["no subject", forge({ ...good, sub: undefined }), "claims"],
  ["an empty subject", forge({ ...good, sub: "" }), "claims"],
  ["a subject that is no text", forge({ ...good, sub: { $ne: "" } }), "claims"],
  ["a subject with a NUL", forge({ ...good, sub: "a\u0000b" }), "claims"],
  ["a role with half of a surrogate pair", forge({ ...good, roles: ["a\ud800"] }), "claims"],
  ["roles that are no list", forge({ ...good, roles: "admin" }), "claims"],
  ["not valid yet", forge({ ...good, nbf: 30 }), "not_yet_valid"],
  ["too large", forge({ ...good, extra: "x".repeat(5000) }), "too_large"],
  ["garbage", "abc", "malformed"],
  ["garbage in three parts", "a.b.c", "malformed"],
  ["nothing", "", "malformed"]
]

describe("tokens", () => {
  it.effect("an issued token is accepted and names its subject and roles", () =>
    Effect.gen(function*() {
      const issuer = yield* TokenIssuer
      const principal = yield* verify(Redacted.value(yield* issuer.issue({ sub: "alice", roles: ["clerk", "admin"] })))
      assert.deepStrictEqual([principal.subject, principal.roles], ["alice", ["clerk", "admin"]])
      assert.deepStrictEqual(principal.claims, {
        sub: "alice",
        roles: ["clerk", "admin"],
        iss: "heptad",
        aud: "api",
        iat: 0,
        exp: 3600
      })
    }).pipe(Effect.provide(tokens)))

  it.effect("a token is good until its expiry and the leeway after it", () =>
    Effect.gen(function*() {
      const issuer = yield* TokenIssuer
      const token = Redacted.value(yield* issuer.issue({ sub: "alice", ttl: "1 minute" }))
      yield* TestClock.adjust("64 seconds")
      assert.strictEqual((yield* verify(token)).subject, "alice")
      yield* TestClock.adjust("1 second")
      const error = yield* Effect.flip(verify(token))
      assert.strictEqual(error.message, "The token has expired. Ask for a new one.")
      assert.deepInclude(error.errorCode, { name: "network.session_expired", number: -621, httpStatus: 401 })
    }).pipe(Effect.provide(tokens)))

  it.effect("roles of the token count only where the settings say so", () =>
    Effect.gen(function*() {
      const principal = yield* verify(forge(good))
      assert.deepStrictEqual(principal.roles, [])
    }).pipe(Effect.provide(layerTokens({ ...auth, roles_from_token: false }).pipe(Layer.provide(layerMemory)))))

  it.effect("without a secret in the settings, all share one that is made once and kept in the data directory", () => {
    const { secret: _, ...jwt } = auth.jwt
    const generated = { ...auth, jwt }
    return Effect.gen(function*() {
      const issue = TokenIssuer.use((issuer) => issuer.issue({ sub: "alice" }))
      const token = yield* Effect.provide(issue, layerTokens(generated))
      const principal = yield* Effect.provide(verify(Redacted.value(token)), Layer.fresh(layerTokens(generated)))
      assert.strictEqual(principal.subject, "alice")
      const forbidden = { ...generated, jwt: { ...jwt, generate_secret: false } }
      assert.instanceOf(yield* Effect.flip(Effect.provide(issue, layerTokens(forbidden))), JwtSecretMissing)
    }).pipe(Effect.provide(layerMemory))
  })

  for (const [name, token, fault] of refused) {
    it.effect(`refuses ${name}`, () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* faultOf(token), fault)
      }).pipe(Effect.provide(tokens)))
  }
})
