/** Which key verifies which token. Tokens are made by hand and by `node:crypto`, not by the library that verifies them. */
import { assert, describe, it } from "@effect/vitest"
import { AuthKeysUnusable, NetworkConfig, TokenIssuer } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import fc from "fast-check"
import { createHmac, createSecretKey, generateKeyPairSync } from "node:crypto"
import { readFileSync } from "node:fs"
import {
  answers,
  claims,
  ec256,
  ec384,
  ed25519,
  folder,
  forge,
  issuer,
  judged,
  jwk,
  jwks,
  type Pair,
  pem,
  refusedChange,
  rsa,
  tokens
} from "./signing.ts"
import { until } from "./support.ts"

const pairs: ReadonlyArray<readonly [alg: string, pair: Pair]> = [
  ["RS256", rsa],
  ["PS256", rsa],
  ["ES256", ec256],
  ["ES384", ec384],
  ["EdDSA", ed25519]
]

const secret = "a secret for tests that is long enough"

/** What a file of keys makes of tokens. */
const withFile = <A, E, R>(
  key: "public_key_file" | "jwks_file",
  text: string,
  test: Effect.Effect<A, E, R>,
  jwt: Parameters<typeof tokens>[0] = {}
) =>
  Effect.scoped(Effect.flatMap(folder, (write) => Effect.provide(test, tokens({ ...jwt, [key]: write("keys", text) }))))

const unusable = (key: "public_key_file" | "jwks_file", text: string) =>
  Effect.map(Effect.flip(withFile(key, text, judged(""))), (error) => {
    assert.instanceOf(error, AuthKeysUnusable)
    return error.message.replace(/\/\S+\/keys/, "<file>")
  })

describe("public keys", () => {
  for (const [alg, pair] of pairs) {
    it.live(`${alg}: verified by a PEM file, and by a key set with and without ids`, () =>
      Effect.gen(function*() {
        const token = forge(alg, pair.privateKey)
        assert.strictEqual(yield* withFile("public_key_file", pem(pair), judged(token)), "alice")
        assert.strictEqual(yield* withFile("jwks_file", jwks(jwk(pair)), judged(token)), "alice")
        const named = forge(alg, pair.privateKey, { kid: "b" })
        assert.strictEqual(
          yield* withFile("jwks_file", jwks(jwk(pair, { kid: "b", alg, use: "sig" })), judged(named)),
          "alice"
        )
        assert.strictEqual(yield* withFile("jwks_file", jwks(jwk(pair, { kid: "a" })), judged(named)), "refused: key")
        const [, other] = pairs.find(([, each]) => each !== pair) ?? pairs[0] ?? [alg, pair]
        assert.strictEqual(yield* withFile("public_key_file", pem(other), judged(token)), "refused: key")
      }))
  }

  it.live("a certificate and several keys in one file are all tried", () =>
    Effect.gen(function*() {
      const certificate = readFileSync(new URL("fixtures/localhost.cert.pem", import.meta.url), "utf8")
      const [one, two] = [generateKeyPairSync("ec", { namedCurve: "P-256" }), ec256]
      const test = Effect.all([judged(forge("ES256", one.privateKey)), judged(forge("ES256", two.privateKey))])
      const found = yield* withFile("public_key_file", certificate + pem(one) + pem(two), test)
      assert.deepStrictEqual(found, ["alice", "alice"])
    }))

  it.live("a key verifies only the algorithms of its type, of its own `alg`, and of the allow-list", () =>
    Effect.gen(function*() {
      const token = forge("RS256", rsa.privateKey)
      const only = jwks(jwk(rsa, { alg: "PS256" }))
      assert.strictEqual(yield* withFile("jwks_file", only, judged(token)), "refused: key")
      const listed = { algorithms: ["PS256"] } as const
      assert.strictEqual(yield* withFile("public_key_file", pem(rsa), judged(token), listed), "refused: algorithm")
      const pss = judged(forge("PS256", rsa.privateKey))
      assert.strictEqual(yield* withFile("public_key_file", pem(rsa), pss, listed), "alice")
      // The right key under the name of another algorithm.
      const [, payload, signature] = token.split(".")
      const renamed = `${Buffer.from(`{"alg":"PS256"}`).toString("base64url")}.${payload}.${signature}`
      assert.strictEqual(yield* withFile("public_key_file", pem(rsa), judged(renamed)), "refused: signature")
    }))

  it.live("a public key is no HS256 secret, whether HS256 is accepted or not", () =>
    Effect.gen(function*() {
      const signed = `${Buffer.from(`{"alg":"HS256"}`).toString("base64url")}.${
        Buffer.from(JSON.stringify(claims())).toString("base64url")
      }`
      const confused = `${signed}.${createHmac("sha256", pem(rsa)).update(signed).digest("base64url")}`
      assert.strictEqual(yield* withFile("public_key_file", pem(rsa), judged(confused)), "refused: algorithm")
      assert.strictEqual(
        yield* withFile("public_key_file", pem(rsa), judged(confused), { secret }),
        "refused: signature"
      )
    }))

  for (const name of ["crit", "b64", "jwk", "jku", "x5u", "x5c"]) {
    it.live(`a token whose header has ${name} is refused, though its signature is right`, () =>
      Effect.gen(function*() {
        const header = {
          crit: ["exp"],
          b64: false,
          jwk: jwk(rsa),
          jku: "http://127.0.0.1/",
          x5u: "http://127.0.0.1/",
          x5c: []
        }
        const token = forge(
          "RS256",
          rsa.privateKey,
          Object.fromEntries(Object.entries(header).filter(([each]) => each === name))
        )
        assert.strictEqual(yield* withFile("public_key_file", pem(rsa), judged(token)), "refused: header")
      }))
  }

  it.live("one signature has one spelling", () =>
    withFile(
      "public_key_file",
      pem(rsa),
      Effect.gen(function*() {
        const token = forge("RS256", rsa.privateKey)
        const last = token.at(-1) ?? ""
        const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        const same = alphabet[alphabet.indexOf(last) + 1] ?? ""
        const respelled = token.slice(0, -1) + same
        assert.isTrue(Buffer.from(token, "base64url").equals(Buffer.from(respelled, "base64url")))
        for (const text of [respelled, `${token}=`, `${token} `, `${token}\n`, token.replace(".", " .")]) {
          assert.match(yield* judged(text), /^refused: (malformed|signature)$/)
        }
        assert.strictEqual(yield* judged(token), "alice")
      })
    ))

  it.live("files that hold no usable key stop the start and say why", () =>
    Effect.gen(function*() {
      const told = (key: string, problem: string) =>
        `network.auth.jwt.${key} cannot be used: <file>: ${problem}. Correct the file, or the setting that names it.`
      const small = generateKeyPairSync("rsa", { modulusLength: 1024 })
      const bare = (problem: string) => told("public_key_file", problem).replace("<file>: ", "")
      assert.strictEqual(
        yield* unusable("public_key_file", "garbage"),
        bare("it holds no PUBLIC KEY and no CERTIFICATE")
      )
      assert.strictEqual(
        yield* unusable("public_key_file", pem(small)),
        bare("block 1 is a key of a type or size that is not accepted")
      )
      assert.strictEqual(
        yield* unusable("public_key_file", String(rsa.privateKey.export({ type: "pkcs8", format: "pem" }))),
        bare("it holds a private key; only the public one belongs here")
      )
      const set = (problem: string) => told("jwks_file", problem).replace("<file>: ", "")
      assert.strictEqual(yield* unusable("jwks_file", "{}"), set("it is no JSON Web Key Set"))
      assert.strictEqual(
        yield* unusable("jwks_file", jwks(jwk(rsa, { use: "enc" }), { kty: "oct", k: "AAAA" }, jwk(small), 7)),
        set("it holds no key that verifies signatures which are accepted here")
      )
      const missing = yield* Effect.flip(Effect.provide(judged(""), tokens({ jwks_file: "/nowhere/keys" })))
      assert.strictEqual(missing.message.includes("/nowhere/keys: ENOENT"), true)
    }))

  it.live("a file is read again: a new key counts, the old one is forgotten, a broken file changes nothing", () =>
    Effect.gen(function*() {
      const write = yield* folder
      const file = write("keys", jwks(jwk(rsa, { kid: "1" })))
      const [old, next] = [forge("RS256", rsa.privateKey, { kid: "1" }), forge("ES256", ec256.privateKey, { kid: "2" })]
      yield* Effect.gen(function*() {
        assert.strictEqual(yield* judged(old), "alice")
        yield* refusedChange(() => write("keys", "{ half of a fi"))
        assert.strictEqual(yield* judged(old), "alice")
        write("keys", jwks(jwk(ec256, { kid: "2" })))
        yield* until(Effect.map(judged(next), (found) => found === "alice"))
        // Its signature was remembered, but not longer than the key.
        assert.strictEqual(yield* judged(old), "refused: key")
      }).pipe(Effect.provide(tokens({ jwks_file: file, key_files_interval: "10ms" })))
    }).pipe(Effect.scoped))
})

describe("secrets", () => {
  it.live("the secret before this one still verifies, and the new one signs", () =>
    Effect.gen(function*() {
      const [before, after] = ["the secret that was there before, long", secret]
      const issue = Effect.map(Effect.flatMap(TokenIssuer, ({ issue }) => issue({ sub: "alice" })), Redacted.value)
      const old = yield* Effect.provide(issue, tokens({ secret: before }))
      const rotated = tokens({ secret: after, previous_secret: before })
      assert.strictEqual(yield* Effect.provide(judged(old), rotated), "alice")
      const fresh = yield* Effect.provide(issue, rotated)
      assert.strictEqual(yield* Effect.provide(judged(fresh), tokens({ secret: after })), "alice")
      assert.strictEqual(yield* Effect.provide(judged(old), tokens({ secret: after })), "refused: signature")
    }))

  it.live("without a secret beside public keys nothing is signed, and no HS256 token is accepted", () =>
    withFile(
      "public_key_file",
      pem(rsa),
      Effect.gen(function*() {
        const error = yield* Effect.flip(Effect.flatMap(TokenIssuer, ({ issue }) => issue({ sub: "alice" })))
        assert.strictEqual(
          error.message,
          "No token can be made: network.auth.jwt names public keys and no secret. Get the token from its issuer, " +
            "or set JWT_SECRET to let this server sign tokens as well."
        )
      })
    ))
})

describe("the issuer's key set", () => {
  const served = jwks(jwk(rsa, { kid: "1" }))
  const good = forge("RS256", rsa.privateKey, { kid: "1" })
  const stranger = (kid: string) => forge("RS256", rsa.privateKey, { kid })

  const when = <A, E, R>(
    first: Parameters<typeof issuer>[0],
    jwt: Parameters<typeof tokens>[0],
    test: (made: Effect.Success<ReturnType<typeof issuer>>) => Effect.Effect<A, E, R>
  ) =>
    Effect.scoped(
      Effect.flatMap(issuer(first), (made) => Effect.provide(test(made), tokens({ jwks_url: made.url, ...jwt })))
    )

  it.live("is fetched once for any number of tokens, and keys of new ids are found without a restart", () =>
    when(answers(served), { jwks_cooldown: "10ms", jwks_max_age: "1h" }, (made) =>
      Effect.gen(function*() {
        const all = yield* Effect.all(Array.from({ length: 50 }, () => judged(good)), { concurrency: "unbounded" })
        assert.deepStrictEqual([...new Set(all)], ["alice"])
        assert.strictEqual(made.asked(), 1)
        made.answer = answers(jwks(jwk(rsa, { kid: "1" }), jwk(ec256, { kid: "2" })))
        const rotated = forge("ES256", ec256.privateKey, { kid: "2" })
        yield* until(Effect.map(judged(rotated), (found) => found === "alice"))
        made.answer = answers(jwks(jwk(ec256, { kid: "2" })))
        yield* until(Effect.as(judged(stranger("3")), true))
        yield* until(
          Effect.andThen(judged(stranger("4")), Effect.map(judged(good), (found) => found === "refused: key"))
        )
      })))

  it.live("tokens of unknown keys cost at most one fetch per cooldown", () =>
    when(answers(served), { jwks_cooldown: "1h" }, (made) =>
      Effect.gen(function*() {
        yield* until(Effect.map(judged(good), (found) => found === "alice"))
        const all = yield* Effect.forEach(Array.from({ length: 200 }, (_, at) => `unknown-${at}`), (kid) =>
          judged(stranger(kid)), {
          concurrency: 50
        })
        assert.deepStrictEqual([...new Set(all)], ["refused: key"])
        assert.strictEqual(made.asked(), 1)
      })))

  const useless: ReadonlyArray<readonly [name: string, answer: Parameters<typeof issuer>[0]]> = [
    ["hangs", () => undefined],
    ["sends its head and hangs", (response) => response.writeHead(200).write("{")],
    ["answers garbage", answers("<html>not here</html>")],
    ["answers 500", answers(served, 500)],
    ["redirects to its own keys", (response) => response.writeHead(302, { location: "/jwks" }).end()],
    ["answers 10 MB", answers(`{"keys":[],"x":"${"x".repeat(10 * 1024 * 1024)}"}`)],
    ["answers more than 100 keys", answers(jwks(...Array.from({ length: 101 }, () => jwk(rsa))))],
    ["closes the connection", (response) => response.destroy()]
  ]
  for (const [name, answer] of useless) {
    it.live(`an issuer that ${name}: keys are missing at first, old keys stay, and come back with it`, () =>
      when(
        answer,
        { jwks_timeout: "100ms", jwks_cooldown: "10ms", jwks_max_age: "10ms" },
        (made) =>
          Effect.gen(function*() {
            assert.strictEqual(yield* judged(good), "refused: keys_unavailable")
            made.answer = answers(served)
            yield* until(Effect.map(judged(good), (found) => found === "alice"))
            made.answer = answer
            const before = made.asked()
            yield* until(Effect.sync(() => made.asked() > before + 1))
            assert.strictEqual(yield* judged(forge("RS256", rsa.privateKey, { kid: "1" })), "alice")
          })
      ))
  }

  it.live("keys that are too old are not used any more", () =>
    when(
      answers(served),
      { jwks_max_stale: "300ms", jwks_cooldown: "10ms", jwks_max_age: "10ms" },
      (made) =>
        Effect.gen(function*() {
          yield* until(Effect.map(judged(good), (found) => found === "alice"))
          made.answer = answers("gone", 404)
          yield* until(Effect.map(judged(stranger("1")), (found) => found === "refused: keys_unavailable"))
          assert.strictEqual(yield* judged(good), "refused: keys_unavailable")
        })
    ))
})

it("a URL of keys is https, or http on this machine, and has no password", () => {
  const decode = Schema.decodeUnknownExit(NetworkConfig)
  const takes = (jwks_url: string) => Exit.isSuccess(decode({ auth: { jwt: { jwks_url } } }))
  const good = [
    "https://login.example.com/keys",
    "http://127.0.0.1:8081/keys",
    "http://localhost/keys",
    "http://[::1]/keys"
  ]
  const bad = [
    "http://login.example.com/keys",
    "https://me:pw@login.example.com/",
    "file:///etc/keys",
    "keys",
    "http://127.0.0.1.example.com/"
  ]
  assert.deepStrictEqual(good.map(takes), good.map(() => true))
  assert.deepStrictEqual(bad.map(takes), bad.map(() => false))
})

/** A token with one byte changed, a part dropped or doubled, or cut. */
const mutated = (token: string) =>
  fc.oneof(
    fc.tuple(fc.nat(token.length - 1), fc.string({ unit: "binary", minLength: 1, maxLength: 1 })).map(([at, sign]) =>
      token.slice(0, at) + sign + token.slice(at + 1)
    ),
    fc.nat(token.length - 1).map((at) => token.slice(0, at)),
    fc.nat(token.length - 1).map((at) => token.slice(at + 1)),
    fc.tuple(fc.nat(2), fc.base64String()).map(([at, part]) =>
      token.split(".").map((each, index) => index === at ? part.replaceAll(/[+/=]/g, "") : each).join(".")
    ),
    fc.object().map((header) =>
      `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${token.split(".").slice(1).join(".")}`
    )
  ).filter((text) => text !== token)

const layers = [
  ["RS256", forge("RS256", rsa.privateKey), tokens({ jwks_url: "http://127.0.0.1:9/keys" })],
  [
    "HS256",
    (() => {
      const signed = `${Buffer.from(`{"alg":"HS256"}`).toString("base64url")}.${
        Buffer.from(JSON.stringify(claims())).toString("base64url")
      }`
      return `${signed}.${createHmac("sha256", createSecretKey(secret, "utf8")).update(signed).digest("base64url")}`
    })(),
    tokens({ secret })
  ]
] as const

for (const [alg, token, layer] of layers) {
  it.live(`no random and no changed ${alg} token is accepted, and none is a defect`, () =>
    Effect.gen(function*() {
      const run = Effect.runPromiseWith(yield* Layer.build(layer))
      const refused = (text: string) =>
        run(judged(text)).then((found) => {
          assert.match(found, /^refused: /)
        })
      yield* Effect.promise(() =>
        fc.assert(fc.asyncProperty(fc.oneof(mutated(token), fc.string(), fc.string({ unit: "binary" })), refused), {
          numRuns: 2000
        })
      )
    }).pipe(Effect.scoped), 30_000)
}
