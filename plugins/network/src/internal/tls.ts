/**
 * What the TLS settings mean for OpenSSL, certificates left aside: versions, and cipher suites in OpenSSL's spelling (the
 * guide writes IANA names, one of them without its hash).
 */
import * as Effect from "effect/Effect"
import { constants } from "node:crypto"
import * as nodeTls from "node:tls"
import type { NetworkConfig } from "../config.ts"
import { TlsUnusable } from "../errors.ts"

const known = new Set(nodeTls.getCiphers())

const suitesOf13 = ["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"]

/** Node's own list has suites in CBC mode and Diffie-Hellman without curves. */
const suitesOf12 = [
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256"
]

/** `TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384` -> `ECDHE-RSA-AES256-GCM-SHA384`; TLS 1.3 and OpenSSL names stay. */
const openSslName = (name: string): string => {
  const match = /^TLS_(.+)_WITH_(.+)$/.exec(name)
  if (match === null) return name
  const [, exchange = "", cipher = ""] = match
  const openSsl = cipher
    .replace(/_POLY1305(?:_SHA256)?$/, "_POLY1305")
    .replace(/^AES_(\d+)_(?:CBC_)?/, "AES$1_")
  return `${exchange === "RSA" ? "" : `${exchange}_`}${openSsl}`.replaceAll("_", "-")
}

/** Without a suite of TLS 1.3 in the list Node would switch TLS 1.3 off and say nothing. */
const complete = (names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.some((name) => name.startsWith("TLS_")) ? names : [...suitesOf13, ...names]

const ciphersOf = (names: ReadonlyArray<string> | undefined) => {
  if (names === undefined) return Effect.succeed([...suitesOf13, ...suitesOf12].join(":"))
  const unknown = names.filter((name) => !known.has(openSslName(name).toLowerCase()))
  return unknown.length === 0
    ? Effect.succeed(complete(names.map(openSslName)).join(":"))
    : Effect.fail(
      new TlsUnusable({ setting: "network.tls.ciphers", problem: `this runtime does not know ${unknown.join(", ")}` })
    )
}

const curves = "X25519:P-256:P-384"

const hybrid = `X25519MLKEM768:${curves}`

/** OpenSSL before 3.5 does not know the hybrid with ML-KEM and refuses the whole list. */
const curvesOf = (): string => {
  try {
    nodeTls.createSecureContext({ ecdhCurve: hybrid })
    return hybrid
  } catch {
    return curves
  }
}

/**
 * A session that is resumed is not asked for its certificate again, and brings no chain that could be counted: where clients
 * are known by certificates, every connection shows its own.
 */
const secureOptionsOf = ({ verify_client }: NetworkConfig["tls"]): number =>
  constants.SSL_OP_NO_RENEGOTIATION | (verify_client ? constants.SSL_OP_NO_TICKET : 0)

/** Options of every secure context. */
export const protocol = Effect.fnUntraced(function*(tls: NetworkConfig["tls"]) {
  return {
    ciphers: yield* ciphersOf(tls.ciphers),
    ecdhCurve: curvesOf(),
    honorCipherOrder: true,
    secureOptions: secureOptionsOf(tls),
    minVersion: tls.min_version,
    maxVersion: tls.max_version
  } satisfies nodeTls.SecureContextOptions
})

export type Protocol = Effect.Success<ReturnType<typeof protocol>>
