/** Tokens made by hand, so that every part of them can be wrong, and an issuer that publishes its keys, or fails to. */
import { layerMemory } from "@heptad/common/testing"
import { TokenVerifier } from "@heptad/network"
import { layerTokens } from "@heptad/network/plugin"
import { settings } from "@heptad/network/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import { constants, generateKeyPairSync, type KeyObject, sign } from "node:crypto"
import * as fs from "node:fs"
import * as http from "node:http"
import * as os from "node:os"
import * as path from "node:path"
import { until } from "./support.ts"

export interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

export const rsa: Pair = generateKeyPairSync("rsa", { modulusLength: 2048 })
export const ec256: Pair = generateKeyPairSync("ec", { namedCurve: "P-256" })
export const ec384: Pair = generateKeyPairSync("ec", { namedCurve: "P-384" })
export const ed25519: Pair = generateKeyPairSync("ed25519")

const dsaEncoding = "ieee-p1363"

const signers: Readonly<Record<string, (data: Buffer, key: KeyObject) => Buffer>> = {
  RS256: (data, key) => sign("sha256", data, key),
  PS256: (data, key) =>
    sign("sha256", data, {
      key,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST
    }),
  ES256: (data, key) => sign("sha256", data, { key, dsaEncoding }),
  ES384: (data, key) => sign("sha384", data, { key, dsaEncoding }),
  EdDSA: (data, key) => sign(null, data, key)
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")

/** Good for an hour of the real clock. */
export const claims = () => ({ sub: "alice", iss: "heptad", aud: "api", exp: Math.floor(Date.now() / 1000) + 3600 })

export const forge = (
  alg: string,
  key: KeyObject,
  header: Readonly<Record<string, unknown>> = {},
  payload: Readonly<Record<string, unknown>> = claims()
): string => {
  const signed = `${encode({ alg, ...header })}.${encode(payload)}`
  return `${signed}.${signers[alg]?.(Buffer.from(signed), key).toString("base64url") ?? ""}`
}

export const pem = ({ publicKey }: Pair): string => String(publicKey.export({ type: "spki", format: "pem" }))

export const jwk = ({ publicKey }: Pair, members: Readonly<Record<string, unknown>> = {}) => ({
  ...publicKey.export({ format: "jwk" }),
  ...members
})

export const jwks = (...keys: ReadonlyArray<unknown>): string => JSON.stringify({ keys })

/** A folder that goes away with the scope, and a writer of files in it. */
export const folder = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "heptad-keys-"))),
    (made) => Effect.sync(() => fs.rmSync(made, { recursive: true }))
  ),
  (made) => (name: string, text: string) => {
    const file = path.join(made, name)
    fs.writeFileSync(`${file}.new`, text)
    fs.renameSync(`${file}.new`, file)
    return file
  }
)

const failedLoads = Effect.map(
  Metric.snapshot,
  (series) =>
    series.filter(({ attributes, id }) => id === "auth_key_loads_total" && attributes?.["outcome"] === "failed")
      .reduce((sum, { state }) => sum + ("count" in state ? Number(state.count) : 0), 0)
)

/** Returns when the change has been looked at twice, and refused. */
export const refusedChange = (change: () => void) =>
  Effect.gen(function*() {
    const before = yield* failedLoads
    change()
    yield* until(Effect.map(failedLoads, (now) => now > before + 1))
  })

type Jwt = NonNullable<NonNullable<NonNullable<Parameters<typeof settings>[0]>["auth"]>["jwt"]>

/** The tokens of these settings, without a secret unless they name one. */
export const tokens = (jwt: Jwt) => {
  const { auth } = settings({ auth: { jwt } })
  const { secret, ...rest } = auth.jwt
  return layerTokens({ ...auth, jwt: jwt.secret === undefined ? rest : { ...rest, ...(secret ? { secret } : {}) } })
    .pipe(
      Layer.provide(layerMemory)
    )
}

/** The subject of a token, or why it was refused. */
export const judged = (token: string): Effect.Effect<string, never, TokenVerifier> =>
  TokenVerifier.use(({ verify }) => verify(Redacted.make(token))).pipe(
    Effect.match({ onFailure: ({ fault }) => `refused: ${fault}`, onSuccess: ({ subject }) => subject })
  )

export interface Issuer {
  readonly url: string
  /** How often somebody asked. */
  readonly asked: () => number
  answer: (response: http.ServerResponse) => void
}

export const answers = (text: string, status = 200) => (response: http.ServerResponse) => {
  response.writeHead(status, { "content-type": "application/json" }).end(text)
}

/** An issuer on the loopback interface, whose answer can change. */
export const issuer = (first: Issuer["answer"]) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<{ readonly server: http.Server; readonly made: Issuer }>((resume) => {
        let count = 0
        const server = http.createServer((_, response) => {
          count++
          made.answer(response)
        })
        const made: Issuer = {
          get url() {
            const address = server.address()
            return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/jwks`
          },
          asked: () => count,
          answer: first
        }
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed({ server, made })))
      }),
      ({ server }) =>
        Effect.sync(() => {
          server.close()
          server.closeAllConnections()
        })
    ),
    ({ made }) => made
  )
