/**
 * What of CORS, CSRF, security headers and compression changes with the settings while the app runs. The title of a test starts
 * with the key that it proves.
 */
import { assert, it } from "@effect/vitest"
import { Network } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as https from "node:https"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { running } from "./running.ts"
import { type Answer, converse, parse, request } from "./support.ts"

type Section = Readonly<Record<string, unknown>>

const shop = "https://shop.example.com"

/** What a request gets before and after a change of a section of `network.http`. */
const changed = <A, E, R>(name: string, before: Section, after: Section, got: Effect.Effect<A, E, R>) =>
  running({ http: { [name]: before } }, (change) =>
    Effect.gen(function*() {
      const first = yield* got
      yield* change({ http: { [name]: after } })
      return [first, yield* got] as const
    }))

const header = (name: string) => ({ headers }: Answer) => headers[name]

const hello = request("/hello", { headers: { origin: shop } })

const preflight = request("/length", {
  method: "OPTIONS",
  headers: { origin: shop, "access-control-request-method": "PUT" }
})

const cors = { enabled: true, allowed_origins: [shop] }

for (
  const [key, before, after, asked, name, expected] of [
    ["network.http.cors.enabled", cors, { ...cors, enabled: false }, hello, "allow-origin", [shop, undefined]],
    [
      "network.http.cors.allowed_origins",
      { ...cors, allowed_origins: [] },
      cors,
      hello,
      "allow-origin",
      [undefined, shop]
    ],
    [
      "network.http.cors.allowed_methods",
      { ...cors, allowed_methods: ["GET"] },
      { ...cors, allowed_methods: ["GET", "PUT"] },
      preflight,
      "allow-methods",
      ["GET", "GET, PUT"]
    ],
    [
      "network.http.cors.allowed_headers",
      { ...cors, allowed_headers: [] },
      { ...cors, allowed_headers: ["X-One"] },
      preflight,
      "allow-headers",
      ["", "X-One"]
    ],
    [
      "network.http.cors.exposed_headers",
      { ...cors, exposed_headers: [] },
      { ...cors, exposed_headers: ["X-One"] },
      hello,
      "expose-headers",
      [undefined, "X-One"]
    ],
    [
      "network.http.cors.allow_credentials",
      cors,
      { ...cors, allow_credentials: true },
      hello,
      "allow-credentials",
      [undefined, "true"]
    ],
    ["network.http.cors.max_age", cors, { ...cors, max_age: 7 }, preflight, "max-age", ["3600", "7"]]
  ] as const
) {
  it.live(`${key}: the next answer follows it`, () =>
    Effect.gen(function*() {
      const told = Effect.map(asked, header(`access-control-${name}`))
      assert.deepStrictEqual(yield* changed("cors", before, after, told), expected)
    }))
}

/** The status of a request with cookies. */
const post = (...fields: ReadonlyArray<string>) =>
  Effect.map(
    converse(
      ["POST /length HTTP/1.1", "Host: a", "Connection: close", "Content-Length: 0", ...fields, "", ""].join("\r\n")
    ),
    (text) => parse(text).status
  )

const csrf = { enabled: true, token: { enabled: true } }
const token = "0123456789abcdef"
const withToken = post(`Cookie: __Host-csrf=${token}`, `X-CSRF-Token: ${token}`)

for (
  const [key, before, after, asked, expected] of [
    ["network.http.csrf.enabled", { enabled: false }, csrf, post("Cookie: a=b"), [200, 403]],
    [
      "network.http.csrf.trusted_origins",
      csrf,
      { ...csrf, trusted_origins: [shop] },
      post("Cookie: a=b", `Origin: ${shop}`),
      [403, 200]
    ],
    ["network.http.csrf.token.enabled", csrf, { enabled: true }, withToken, [200, 403]],
    ["network.http.csrf.token.cookie", csrf, { ...csrf, token: { enabled: true, cookie: "b" } }, withToken, [200, 403]],
    ["network.http.csrf.token.header", csrf, { ...csrf, token: { enabled: true, header: "b" } }, withToken, [200, 403]]
  ] as const
) {
  it.live(`${key}: the next request is held against it`, () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* changed("csrf", before, after, asked), expected)
    }))
}

it.live("network.http.security_headers.enabled: the next answer has none of them", () =>
  Effect.gen(function*() {
    const [before, after] = yield* changed("security_headers", {}, { enabled: false }, hello)
    assert.strictEqual(before.headers["x-xss-protection"], "0")
    assert.notProperty(after.headers, "x-xss-protection")
  }))

for (
  const key of [
    "network.http.security_headers.content_security_policy",
    "network.http.security_headers.cross_origin_opener_policy",
    "network.http.security_headers.cross_origin_resource_policy",
    "network.http.security_headers.origin_agent_cluster",
    "network.http.security_headers.referrer_policy",
    "network.http.security_headers.x_content_type_options",
    "network.http.security_headers.x_dns_prefetch_control",
    "network.http.security_headers.x_download_options",
    "network.http.security_headers.x_frame_options",
    "network.http.security_headers.x_permitted_cross_domain_policies",
    "network.http.security_headers.x_xss_protection"
  ]
) {
  it.live(`${key}: the next answer has the new value, or none`, () =>
    Effect.gen(function*() {
      const name = key.slice("network.http.security_headers.".length)
      const told = Effect.map(hello, header(name.replaceAll("_", "-")))
      assert.deepStrictEqual(yield* changed("security_headers", { [name]: "one" }, { [name]: "two" }, told), [
        "one",
        "two"
      ])
      assert.deepStrictEqual(yield* changed("security_headers", { [name]: "one" }, { [name]: "" }, told), [
        "one",
        undefined
      ])
    }))
}

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/localhost.${name}.pem`, import.meta.url))

/** The field over TLS, where alone it is sent. */
const strictTransport = Effect.gen(function*() {
  const { host, port } = (yield* Network).address
  return yield* Effect.callback<string>((resume) => {
    https.get(
      { host, port, path: "/hello", rejectUnauthorized: false, agent: false },
      ({ headers }) => resume(Effect.succeed(String(headers["strict-transport-security"])))
    )
  })
})

it.live("network.http.security_headers.strict_transport_security: the next answer over TLS has the new value", () => {
  const section = (value: string) => ({
    tls: { enabled: true, cert_file: fixture("cert"), key_file: fixture("key") },
    http: { security_headers: { strict_transport_security: value } }
  })
  return running(section("max-age=1"), (change) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* strictTransport, "max-age=1")
      yield* change(section("max-age=2"))
      assert.strictEqual(yield* strictTransport, "max-age=2")
    }))
})

it.live("network.http.security_headers.strict_transport_security: behind a proxy it comes and goes with who is trusted", () => {
  const told = Effect.map(
    request("/hello", { headers: { "x-forwarded-proto": "https" } }),
    header("strict-transport-security")
  )
  const section = (value: string, ...trusted: ReadonlyArray<string>) => ({
    proxies: { trusted },
    http: { security_headers: { strict_transport_security: value } }
  })
  return running(section("max-age=1"), (change) =>
    Effect.gen(function*() {
      const seen = [yield* told]
      for (const next of [section("max-age=1", "127.0.0.1"), section("max-age=2", "127.0.0.1"), section("max-age=2")]) {
        yield* change(next)
        seen.push(yield* told)
      }
      assert.deepStrictEqual(seen, [undefined, "max-age=1", "max-age=2", undefined])
    }))
})

const compressed = (accept: string) => request("/long", { headers: { "accept-encoding": accept } })

const coding = Effect.map(compressed("gzip, br"), header("content-encoding"))
const length = Effect.map(compressed("gzip"), ({ headers }) => Number(headers["content-length"]))

const on = { enabled: true }

for (
  const [key, before, after, expected] of [
    ["network.http.compression.enabled", { enabled: false }, on, [undefined, "br"]],
    ["network.http.compression.algorithms", on, { ...on, algorithms: ["gzip"] }, ["br", "gzip"]],
    ["network.http.compression.min_size", on, { ...on, min_size: "1MB" }, ["br", undefined]]
  ] as const
) {
  it.live(`${key}: the next answer is compressed as it says`, () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* changed("compression", before, after, coding), expected)
    }))
}

it.live("network.http.compression.level: the next answer is smaller", () =>
  Effect.gen(function*() {
    const [before, after] = yield* changed("compression", { ...on, level: 1 }, { ...on, level: 9 }, length)
    assert.isBelow(after, before)
  }))

it.live("network.http.decompression.enabled: the next compressed body is read", () =>
  Effect.gen(function*() {
    const body = new Uint8Array(gzipSync("abc"))
    const status = Effect.map(
      request("/length", { method: "POST", headers: { "content-encoding": "gzip" }, body }),
      (answer) => answer.status
    )
    assert.deepStrictEqual(yield* changed("decompression", {}, on, status), [415, 200])
  }))
