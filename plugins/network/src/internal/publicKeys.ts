/** Pure: PEM files and JSON Web Key Sets as keys that verify tokens, each bound to the algorithms of its own type. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { createPublicKey, type KeyObject, type webcrypto, X509Certificate } from "node:crypto"
import type { Algorithm } from "../config/auth.ts"

export interface PublicKey {
  /** A key without one is tried for every token of its algorithms. */
  readonly kid: string | undefined
  readonly algorithms: ReadonlyArray<Algorithm>
  readonly key: KeyObject
}

/** A set that cannot be used; the text is half a sentence. */
class Unusable extends Error {}

const maximum = 100

/** RFC 7518 section 3.3. */
const rsaBits = 2048

const ofCurve: Readonly<Record<string, ReadonlyArray<Algorithm>>> = { prime256v1: ["ES256"], secp384r1: ["ES384"] }

const algorithmsOf = ({ asymmetricKeyDetails, asymmetricKeyType }: KeyObject): ReadonlyArray<Algorithm> => {
  switch (asymmetricKeyType) {
    case "rsa":
      return (asymmetricKeyDetails?.modulusLength ?? 0) >= rsaBits ? ["RS256", "PS256"] : []
    case "ec":
      return ofCurve[asymmetricKeyDetails?.namedCurve ?? ""] ?? []
    case "ed25519":
      return ["EdDSA"]
    default:
      return []
  }
}

const block = /-----BEGIN (PUBLIC KEY|CERTIFICATE)-----[\s\S]*?-----END \1-----/g

const keyOfBlock = (text: string): KeyObject =>
  text.startsWith("-----BEGIN CERTIFICATE") ? new X509Certificate(text).publicKey : createPublicKey(text)

const ofBlock = (text: string, index: number): PublicKey => {
  const key = attempt(() => keyOfBlock(text))
  if (key === undefined) throw new Unusable(`block ${index + 1} is no public key and no certificate`)
  const algorithms = algorithmsOf(key)
  if (algorithms.length === 0) throw new Unusable(`block ${index + 1} is a key of a type or size that is not accepted`)
  return { kid: undefined, algorithms, key }
}

/** Throws `Unusable`. A private key in the file is a mistake that should be noticed. */
export const ofPem = (text: string): ReadonlyArray<PublicKey> => {
  if (text.includes("PRIVATE KEY-----")) throw new Unusable("it holds a private key; only the public one belongs here")
  const blocks = text.match(block) ?? []
  if (blocks.length === 0) throw new Unusable("it holds no PUBLIC KEY and no CERTIFICATE")
  if (blocks.length > maximum) throw new Unusable(`it holds more than ${maximum} keys`)
  return blocks.map(ofBlock)
}

/** Members beyond these are the key itself, which Node reads. */
const Jwk = Schema.StructWithRest(
  Schema.Struct({
    kty: Schema.String,
    kid: Schema.optionalKey(Schema.String),
    alg: Schema.optionalKey(Schema.String),
    use: Schema.optionalKey(Schema.String),
    key_ops: Schema.optionalKey(Schema.Array(Schema.String))
  }),
  [Schema.Record(Schema.String, Schema.Unknown)]
)

const KeySet = Schema.Struct({ keys: Schema.Array(Schema.Unknown) })

const decodeSet = Schema.decodeUnknownOption(KeySet)
const decodeKey = Schema.decodeUnknownOption(Jwk)

const attempt = <A>(make: () => A): A | undefined => {
  try {
    return make()
  } catch {
    return undefined
  }
}

const signs = ({ key_ops, use }: typeof Jwk.Type): boolean =>
  (use ?? "sig") === "sig" && (key_ops === undefined || key_ops.includes("verify"))

/** Only what a public key consists of, so that nothing else of a stranger reaches the parser of keys. */
const partsOf = (jwk: typeof Jwk.Type): webcrypto.JsonWebKey => {
  const parts = ["kty", "crv", "n", "e", "x", "y"].map((name) => [name, jwk[name]])
  return Object.fromEntries(parts.filter(([, part]) => typeof part === "string"))
}

/** Keys for encryption, secrets, and types that we do not know stand in sets of others and are passed over. */
const ofJwk = (value: unknown): ReadonlyArray<PublicKey> => {
  const jwk = Option.getOrUndefined(decodeKey(value))
  if (jwk === undefined || !signs(jwk)) return []
  const key = attempt(() => createPublicKey({ key: partsOf(jwk), format: "jwk" }))
  if (key === undefined) return []
  const { alg, kid } = jwk
  const algorithms = algorithmsOf(key).filter((each) => alg === undefined || alg === each)
  return algorithms.length === 0 ? [] : [{ kid, algorithms, key }]
}

/** Throws `Unusable`. */
export const ofJwks = (text: string): ReadonlyArray<PublicKey> => {
  const set = Option.getOrUndefined(decodeSet(attempt(() => JSON.parse(text))))
  if (set === undefined) throw new Unusable("it is no JSON Web Key Set")
  if (set.keys.length > maximum) throw new Unusable(`it holds more than ${maximum} keys`)
  const keys = set.keys.flatMap(ofJwk)
  if (keys.length === 0) throw new Unusable("it holds no key that verifies signatures which are accepted here")
  return keys
}
