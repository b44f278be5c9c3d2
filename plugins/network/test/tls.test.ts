import { assert, describe, it } from "@effect/vitest"
import { Network, TlsUnusable } from "@heptad/network"
import { layerTest } from "@heptad/network/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { readFileSync } from "node:fs"
import * as http from "node:http"
import * as https from "node:https"
import { TLSSocket } from "node:tls"
import { fileURLToPath } from "node:url"
import { server } from "./support.ts"

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))

const files = { enabled: true, cert_file: fixture("localhost.cert.pem"), key_file: fixture("localhost.key.pem") }

const ca = readFileSync(files.cert_file)

/** The suites of the guide, spelt as the guide spells them. */
const ciphers = [
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305"
]

interface Seen {
  readonly status: number | undefined
  readonly cipher: string
  readonly protocol: string | null
  readonly hsts: string | undefined
}

const get = Effect.fnUntraced(function*(options: https.RequestOptions = {}) {
  const { port } = (yield* Network).address
  return yield* Effect.callback<Seen, Error>((resume) => {
    https.get({ host: "127.0.0.1", port, path: "/hello", ca, agent: false, ...options }, (response) => {
      const socket = response.socket instanceof TLSSocket ? response.socket : undefined
      resume(Effect.succeed({
        status: response.statusCode,
        cipher: socket?.getCipher().name ?? "",
        protocol: socket?.getProtocol() ?? null,
        hsts: String(response.headers["strict-transport-security"])
      }))
      response.resume()
    }).on("error", (error) => resume(Effect.fail(error)))
  })
})

const refusal = (tls: Readonly<Record<string, unknown>>) =>
  Effect.map(
    Effect.flip(Effect.scoped(Layer.build(layerTest({ settings: { tls: { ...files, ...tls } } })))),
    (error) => {
      assert.instanceOf(error, TlsUnusable)
      return error.message
    }
  )

describe("tls", () => {
  it.live("serves HTTPS with the suites and versions of the settings", () =>
    Effect.gen(function*() {
      assert.match((yield* Network).address.url, /^https:\/\/127\.0\.0\.1:\d+$/)
      assert.deepStrictEqual(yield* get(), {
        status: 200,
        cipher: "ECDHE-RSA-AES256-GCM-SHA384",
        protocol: "TLSv1.2",
        hsts: "max-age=31536000; includeSubDomains"
      })
      const chacha = yield* get({ ciphers: "ECDHE-RSA-CHACHA20-POLY1305" })
      assert.strictEqual(chacha.cipher, "ECDHE-RSA-CHACHA20-POLY1305")
      yield* Effect.flip(get({ ciphers: "ECDHE-RSA-AES128-SHA" }))
      yield* Effect.flip(get({ minVersion: "TLSv1.3" }))
    }).pipe(Effect.provide(server({ settings: { tls: { ...files, ciphers, max_version: "TLSv1.2" } } }))))

  it.live("a list of ciphers without one of TLS 1.3 does not switch TLS 1.3 off", () =>
    Effect.gen(function*() {
      assert.deepInclude(yield* get(), { protocol: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384" })
      assert.deepInclude(yield* get({ maxVersion: "TLSv1.2" }), { cipher: "ECDHE-RSA-AES256-GCM-SHA384" })
    }).pipe(Effect.provide(server({ settings: { tls: { ...files, ciphers } } }))))

  it.live("offers without a list only suites with forward secrecy and authenticated encryption", () =>
    Effect.gen(function*() {
      for (const weak of ["ECDHE-RSA-AES256-SHA384", "AES256-GCM-SHA384", "DHE-RSA-AES256-GCM-SHA384"]) {
        yield* Effect.flip(get({ ciphers: weak, maxVersion: "TLSv1.2" }))
      }
      assert.strictEqual((yield* get({ maxVersion: "TLSv1.2" })).cipher, "ECDHE-RSA-AES256-GCM-SHA384")
    }).pipe(Effect.provide(server({ settings: { tls: files } }))))

  it.live("speaks no version below min_version", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* get()).protocol, "TLSv1.3")
      yield* Effect.flip(get({ maxVersion: "TLSv1.2" }))
    }).pipe(Effect.provide(server({ settings: { tls: { ...files, min_version: "TLSv1.3" } } }))))

  it.live("never answers plain text on the TLS port", () =>
    Effect.gen(function*() {
      const { port } = (yield* Network).address
      yield* Effect.flip(Effect.callback<void, Error>((resume) => {
        http.get({ host: "127.0.0.1", port, path: "/hello", agent: false }, () => resume(Effect.void))
          .on("error", (error) => resume(Effect.fail(error)))
      }))
    }).pipe(Effect.provide(server({ settings: { tls: files } }))))

  it.live("refuses clients without a certificate where it is asked for", () =>
    Effect.gen(function*() {
      yield* Effect.flip(get())
      const known = yield* get({ cert: ca, key: readFileSync(files.key_file) })
      assert.deepInclude(known, { status: 200, protocol: "TLSv1.3" })
    }).pipe(Effect.provide(server({ settings: { tls: { ...files, ca_file: files.cert_file, verify_client: true } } }))))

  it.live("what cannot be used stops the start with a sentence", () =>
    Effect.gen(function*() {
      assert.match(
        yield* refusal({ cert_file: "/nowhere.pem" }),
        /^network\.tls is enabled, but network\.tls\.cert_file cannot be used: \/nowhere\.pem \(.*\)\. Correct it, or set/
      )
      assert.include(
        yield* refusal({ key_file: files.cert_file }),
        `network.tls.key_file cannot be used: ${files.cert_file} holds no private key that can be read (`
      )
      assert.include(yield* refusal({ verify_client: true }), "network.tls.ca_file cannot be used: it is not set")
      assert.include(
        yield* refusal({ ciphers: ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA3"] }),
        "network.tls.ciphers cannot be used: this runtime does not know TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA3"
      )
    }))
})
