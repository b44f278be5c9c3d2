import { assert, describe, it } from "@effect/vitest"
import { Setting } from "@heptad/common"
import { NetworkConfig } from "@heptad/network"
import * as Duration from "effect/Duration"
import * as Yaml from "effect/encoding/Yaml"
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
      NETWORK_MAX_CONNECTIONS: "network.tcp.max_connections",
      NETWORK_TLS_ENABLED: "network.tls.enabled",
      NETWORK_TLS_CERT: "network.tls.cert_file",
      NETWORK_TLS_KEY: "network.tls.key_file",
      JWT_SECRET: "network.auth.jwt.secret",
      JWT_PREVIOUS_SECRET: "network.auth.jwt.previous_secret"
    })
  })

  it("what has no effect yet says why", () => {
    const silent = Setting.describe("network", NetworkConfig).filter(({ notApplied }) => notApplied !== undefined)
    assert.deepStrictEqual([...new Set(silent.map(({ path }) => path.slice(0, 3).join(".")))], [
      "network.tcp.tcp_quickack",
      "network.tcp.so_reuseaddr",
      "network.http.compression",
      "network.http.cors"
    ])
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
