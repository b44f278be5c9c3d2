import { assert, describe, it } from "@effect/vitest"
import { Setting } from "@heptad/common"
import { NetworkConfig } from "@heptad/network"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Yaml from "effect/encoding/Yaml"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"

const guide = new URL("../../../config/guide/network.yaml", import.meta.url)

const Section = Schema.Struct({ network: NetworkConfig })

const decode = Schema.decodeUnknownSync(Section)
const strict = { errors: "all", onExcessProperty: "error" } as const

describe("settings", () => {
  it("the guide's file loads as it is printed", () => {
    const { http, load_balancing, rate_limit, tcp, tls } =
      decode(Yaml.parse(readFileSync(guide, "utf8")), strict).network
    assert.deepInclude(tcp, {
      bind_address: "0.0.0.0",
      port: 8080,
      backlog: 1024,
      max_connections: 10_000,
      max_connections_per_ip: 100,
      tcp_nodelay: true,
      so_reuseport: true
    })
    assert.deepStrictEqual(
      [tcp.connection_timeout, tcp.read_timeout, tcp.write_timeout, tcp.keepalive_timeout].map(Duration.toSeconds),
      [30, 60, 60, 120]
    )
    assert.deepInclude(http, { max_request_size: 10 * 1024 ** 2, max_header_size: 8192, max_uri_length: 2048 })
    assert.deepStrictEqual(http.cors.allowed_origins, ["https://example.com"])
    assert.deepStrictEqual(http.compression.algorithms, ["gzip", "deflate", "br"])
    assert.deepInclude(tls, { enabled: true, min_version: "TLSv1.2", max_version: "TLSv1.3" })
    assert.strictEqual(load_balancing.health_check.unhealthy_threshold, 3)
    assert.strictEqual(rate_limit.burst, 2000)
  })

  it("without a file it listens on the loopback interface, in plain text", () => {
    const { auth, tcp, tls } = decode({ network: {} }).network
    assert.deepInclude(tcp, { bind_address: "127.0.0.1", port: 8080 })
    assert.isFalse(tls.enabled)
    assert.deepInclude(auth, { roles_from_token: false })
    assert.deepInclude(auth.jwt, { generate_secret: true, issuer: "heptad", audience: "api" })
  })

  it("has the environment names of the guide", () => {
    const names = Setting.describe("network", NetworkConfig)
      .filter(({ env }) => env !== undefined)
      .map(({ env, path }) => [env?.[0], path.join(".")])
    assert.deepStrictEqual(Object.fromEntries(names), {
      NETWORK_BIND_ADDRESS: "network.tcp.bind_address",
      NETWORK_PORT: "network.tcp.port",
      NETWORK_PROCESSES: "network.listen.processes",
      NETWORK_MAX_CONNECTIONS: "network.tcp.max_connections",
      NETWORK_TLS_ENABLED: "network.tls.enabled",
      NETWORK_TLS_CERT: "network.tls.cert_file",
      NETWORK_TLS_KEY: "network.tls.key_file",
      JWT_SECRET: "network.auth.jwt.secret",
      JWT_PREVIOUS_SECRET: "network.auth.jwt.previous_secret"
    })
  })

  it("a URL of Redis that is none is refused without being shown", () => {
    const redis = { url: "http://:hunter2@redis.example.com" }
    const fault = Effect.runSync(
      Effect.flip(Schema.decodeEffect(Section)({ network: { rate_limit: { redis } } }))
    )
    assert.include(fault.message, "url")
    assert.notInclude(fault.message, "hunter2")
  })

  it("a route with a limit of its own is a template, with its method or without", () => {
    const taken = (route: string) =>
      Exit.isSuccess(
        Schema.decodeExit(Section)({
          network: { rate_limit: { routes: [{ route, requests_per_second: "5/m", burst: 5 }] } }
        })
      )
    assert.deepStrictEqual(["/", "*", "/a/:id", "POST /a/*", "PROPFIND /a"].map(taken), [true, true, true, true, true])
    assert.deepStrictEqual(
      ["", "a", "post /a", "POST  /a", `/a"b`, "/a\\b", "/a b", "/ä", "/a\r\nx: y"].filter(taken),
      []
    )
  })

  it("what has no effect yet says why", () => {
    const silent = Setting.describe("network", NetworkConfig).filter(({ notApplied }) => notApplied !== undefined)
    assert.deepStrictEqual([...new Set(silent.map(({ path }) => path.slice(0, 3).join(".")))], [
      "network.tcp.tcp_quickack",
      "network.tcp.so_reuseaddr"
    ])
  })

  const cors = (section: unknown) => () => decode({ network: { http: { cors: section } } }).network.http.cors

  it("origins are written as browsers send them", () => {
    const good = [
      "*",
      "null",
      "https://example.com",
      "http://localhost:3000",
      "https://*.example.com",
      "http://[::1]:8080",
      "https://xn--bcher-kva.example",
      "capacitor://localhost",
      "https://example.com:80"
    ]
    assert.doesNotThrow(cors({ allowed_origins: good }))
    assert.doesNotThrow(cors({ allowed_origins: "https://a.example, https://b.example" }))
    const bad = [
      "example.com",
      "https://example.com/",
      "https://example.com/path",
      "https://Example.com",
      "https://example.com:443",
      "http://example.com:80",
      "https://",
      "https://*",
      "https://*example.com",
      "https://a.*.example.com",
      "https://*.*.example.com",
      "*.example.com",
      "https://user@example.com",
      "https://example.com:0",
      "https://bücher.example",
      "https://example.com\r\nX: y",
      "https://a.example https://b.example",
      ""
    ]
    for (const origin of bad) {
      assert.throws(cors({ allowed_origins: [origin] }), /Expected an origin as browsers send it/, undefined, origin)
    }
    const csrf = (origin: string) => () => decode({ network: { http: { csrf: { trusted_origins: [origin] } } } })
    assert.doesNotThrow(csrf("https://*.example.com"))
    assert.throws(csrf("*"), /Expected an origin as browsers send it/)
  })

  it("with credentials a star is a fault of the list that has it", () => {
    for (const name of ["allowed_origins", "allowed_methods", "allowed_headers", "exposed_headers"]) {
      assert.doesNotThrow(cors({ [name]: ["*"] }))
      assert.throws(
        cors({ [name]: ["*"], allow_credentials: true }),
        new RegExp(
          "Expected names instead of \\*, because allow_credentials is true: list them, or set it to false" +
            `\\n {2}at \\["network"\\]\\["http"\\]\\["cors"\\]\\["${name}"\\]`
        )
      )
    }
  })

  it("names of methods and headers cannot carry another field", () => {
    for (const name of ["allowed_methods", "allowed_headers", "exposed_headers"]) {
      for (const text of ["a b", "a\r\nb", "a,b", "", "ä"]) {
        assert.throws(cors({ [name]: [text] }), /Expected a name such as "PUT" or "Content-Type", or "\*"/)
      }
    }
  })

  it("a secret has at least 32 bytes, and a short one is not shown", () => {
    const secret = (text: string) => decode({ network: { auth: { jwt: { secret: text } } } }).network.auth.jwt.secret
    const good = secret("x".repeat(32))
    assert.strictEqual(good === undefined ? "" : Redacted.value(good), "x".repeat(32))
    assert.strictEqual(String(good), "<redacted>")
    assert.throws(() => secret("hunter2"), /at least 32 bytes/)
    assert.throws(() => secret("hunter2"), /^(?![\s\S]*hunter2)/)
    assert.doesNotThrow(() => secret("\u{1F511}".repeat(8)))
  })

  it.each([
    [{ orders: {} }, /endpoints/],
    [{ orders: { endpoints: [] } }, /at least one address/],
    [{ orders: { endpoints: ["http://a", "http://a"] } }, /each of them once/],
    [{ orders: { endpoints: ["orders:8080"] } }, /an address such as "http:\/\/orders:8080"/],
    [{ orders: { endpoints: ["http://user:secret@a"] } }, /without credentials/],
    [{ orders: { endpoints: ["http://a"], timeout: "0s" } }, /"10ms" or more/],
    [{ orders: { endpoints: ["http://a"], load_balancing: { health_check: { path: "health" } } } }, /"\/"/],
    [{ "Orders Service": { endpoints: ["http://a"] } }, /./]
  ])("an upstream is not %j", (upstreams, problem) => {
    assert.throws(() => decode({ network: { upstreams } }, strict), problem)
  })

  it("the endpoints of an upstream may be one text with commas, as an environment variable has them", () => {
    const { upstreams } =
      decode({ network: { upstreams: { orders: { endpoints: "http://a:1, http://b:2" } } } }).network
    assert.deepStrictEqual(upstreams["orders"]?.endpoints, ["http://a:1", "http://b:2"])
  })
})
