/**
 * The TLS settings as Node takes them: files read, and cipher suites in OpenSSL's spelling (the guide writes IANA names, one
 * of them without its hash). Whatever cannot be used stops the start; nothing falls back to plain text.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as nodeTls from "node:tls"
import type { NetworkConfig } from "../config.ts"
import { TlsUnusable } from "../errors.ts"

const known = new Set(nodeTls.getCiphers())

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

const ciphersOf = (names: ReadonlyArray<string>) => {
  const unknown = names.filter((name) => !known.has(openSslName(name).toLowerCase()))
  return unknown.length === 0
    ? Effect.succeed(names.map(openSslName).join(":"))
    : Effect.fail(
      new TlsUnusable({ setting: "network.tls.ciphers", problem: `this runtime does not know ${unknown.join(", ")}` })
    )
}

const read = Effect.fnUntraced(function*(setting: string, path: string | undefined) {
  if (path === undefined) return yield* new TlsUnusable({ setting, problem: "it is not set" })
  const files = yield* FileSystem.FileSystem
  return yield* Effect.mapError(
    files.readFileString(path),
    (error) => new TlsUnusable({ setting, problem: `${path} (${error.message})` })
  )
})

/** Checks that certificate, key and versions fit together, as OpenSSL sees it. */
const checked = (options: nodeTls.SecureContextOptions) =>
  Effect.try({
    try: () => {
      nodeTls.createSecureContext(options)
      return options
    },
    catch: (error) =>
      new TlsUnusable({
        setting: "network.tls.cert_file or network.tls.key_file",
        problem: error instanceof Error ? error.message : String(error)
      })
  })

/** Options for `https.createServer`. */
export const options = Effect.fnUntraced(function*(tls: NetworkConfig["tls"]) {
  const secure = yield* checked({
    cert: yield* read("network.tls.cert_file", tls.cert_file),
    key: yield* read("network.tls.key_file", tls.key_file),
    ...(tls.ca_file === undefined && !tls.verify_client ? {} : { ca: yield* read("network.tls.ca_file", tls.ca_file) }),
    ...(tls.ciphers === undefined ? {} : { ciphers: yield* ciphersOf(tls.ciphers) }),
    minVersion: tls.min_version,
    maxVersion: tls.max_version
  })
  return { ...secure, requestCert: tls.verify_client, rejectUnauthorized: tls.verify_client }
})
