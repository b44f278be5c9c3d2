import { NetworkPlugin } from "@heptad/network/plugin"
import * as Exit from "effect/Exit"
import { expect, it } from "vitest"

const told = (section: unknown) =>
  Exit.map(NetworkPlugin.prepare(section, "error"), ({ advice }) => advice.map(({ message }) => message))

it("tells that a shared port leaves no balancing to the app", () => {
  const load_balancing = { strategy: "ip_hash" }
  expect(told({ load_balancing, tcp: { so_reuseport: true } })).toEqual(Exit.succeed([
    "network.load_balancing.strategy is ip_hash, but network.tcp.so_reuseport wins: " +
    "the operating system chooses the process that gets a connection. Keep one of them."
  ]))
  expect(told({ load_balancing })).toEqual(Exit.succeed([
    "setting not applied: network.load_balancing.strategy: it is for the processes of network.listen.processes and the " +
    "endpoints of network.upstreams, and there is one process and no endpoint"
  ]))
  expect(told({ load_balancing, listen: { processes: 2 } })).toEqual(Exit.succeed([]))
  expect(told({ load_balancing, tcp: { so_reuseport: true }, upstreams: { orders: { endpoints: ["http://a"] } } }))
    .toEqual(Exit.succeed([]))
  expect(told({ tcp: { so_reuseport: true } })).toEqual(Exit.succeed([]))
})

it("tells that several processes take framed requests on ports that nobody chose", () => {
  expect(told({ framed: { enabled: true, port: 0 }, listen: { processes: 2 } })).toEqual(Exit.succeed([
    "network.framed.port is 0 and network.listen.processes is not 1: each process takes framed requests on another port. " +
    "Choose the port."
  ]))
  expect(told({ framed: { enabled: true }, listen: { processes: 2 } })).toEqual(Exit.succeed([]))
  expect(told({ framed: { port: 0 }, listen: { processes: 2 } })).toEqual(Exit.succeed([]))
  expect(told({ framed: { enabled: true, port: 0 } })).toEqual(Exit.succeed([]))
})

it("tells the guide's name of a cipher suite that lacks its hash, while TLS is on", () => {
  const names = ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305"]
  expect(told({ tls: { enabled: true, ciphers: names } })).toEqual(Exit.succeed([
    "network.tls.ciphers.1 is TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305, which is no name of a cipher suite: " +
    "it is read as TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256."
  ]))
  expect(told({ tls: { ciphers: names } })).toEqual(Exit.succeed([]))
  expect(told({ tls: { enabled: true, ciphers: ["TLS_CHACHA20_POLY1305_SHA256"] } })).toEqual(Exit.succeed([]))
})

it("tells algorithms that no key can have, and a secret that signs in vain", () => {
  const secret = "0123456789abcdef0123456789abcdef"
  const jwt = { algorithms: ["HS256", "RS256"], secret }
  expect(told({ auth: { jwt } })).toEqual(Exit.succeed([
    "network.auth.jwt.algorithms has RS256, but no key of that type is set, so such tokens are refused. " +
    "Set public_key_file, jwks_file or jwks_url, or leave them out."
  ]))
  expect(told({ auth: { jwt: { algorithms: ["HS256"], jwks_url: "https://login.example.com/keys" } } })).toEqual(
    Exit.succeed([
      "network.auth.jwt.algorithms has HS256, but no key of that type is set, so such tokens are refused. " +
      "Set secret, or leave them out."
    ])
  )
  expect(told({ auth: { jwt: { algorithms: ["RS256"], jwks_file: "/keys", secret } } })).toEqual(Exit.succeed([
    "network.auth.jwt.secret is set, but network.auth.jwt.algorithms leaves HS256 out: tokens that this server makes " +
    "are refused. Leave one of them out."
  ]))
  expect(told({ auth: { jwt: { jwks_file: "/keys", secret } } })).toEqual(Exit.succeed([]))
})

it("tells that certificates of clients are not verified, and API keys of one id", () => {
  expect(told({ auth: { mtls: { enabled: true } } })).toEqual(Exit.succeed([
    "network.auth.mtls.enabled is on, but network.tls does not verify client certificates, so none counts. " +
    "Set network.tls.enabled and verify_client, or switch it off."
  ]))
  const key = { id: "reports", hash: `sha256:${"0".repeat(64)}`, subject: "reports" }
  expect(told({ auth: { api_keys: { keys: [key, key] } } })).toEqual(Exit.succeed([
    "network.auth.api_keys.keys has reports more than once: logs cannot tell the keys apart. Give each an id of its own."
  ]))
})

it("tells what of TLS has no effect alone", () => {
  expect(told({ tls: { verify_depth: 2 } })).toEqual(Exit.succeed([
    "network.tls.verify_depth is 2, but network.tls.verify_client is false: clients are not asked for a certificate. " +
    "Set network.tls.verify_client to true, or leave the depth out."
  ]))
  expect(told({ tls: { http2: true } })).toEqual(Exit.succeed([
    "network.tls.http2 is true, but network.tls.enabled is false: HTTP/2 is agreed on in the TLS handshake, " +
    "and without TLS only HTTP/1.1 is spoken."
  ]))
  expect(told({ tls: { enabled: true, http2: true, verify_client: true, verify_depth: 2 } })).toEqual(Exit.succeed([]))
})

it("tells what of an upstream does not fit together", () => {
  const orders = { endpoints: ["http://a", "http://b"], timeout: "20s", total_timeout: "10s" }
  expect(told({ upstreams: { orders } })).toEqual(Exit.succeed([
    "network.upstreams.orders.timeout is 20s, but total_timeout wins: all tries of a request end after 10s. " +
    "Make the total the longer one."
  ]))
  const pool = { connections: 10 }
  expect(told({ upstreams: { orders: { endpoints: ["http://a", "http://b"], pool } } })).toEqual(Exit.succeed([
    "network.upstreams.orders lets 128 requests through at once, but has 10 connections to each of 2 endpoints: " +
    "what is beyond them waits for a connection, within its timeout"
  ]))
})

it("tells a rate limit that clients escape, and a PROXY protocol that nobody may speak", () => {
  expect(told({ rate_limit: { enabled: true, key: ["header:x-api-key"] } })).toEqual(Exit.succeed([
    "network.rate_limit.key is header:x-api-key: clients choose their headers, so whoever sends another one each time " +
    "is never refused. Add ip, unless a gateway in front sets the header."
  ]))
  expect(told({ rate_limit: { enabled: true, key: ["header:x-api-key", "ip"] } })).toEqual(Exit.succeed([]))
  expect(told({ proxies: { proxy_protocol: "v2" } })).toEqual(Exit.succeed([
    "network.proxies.proxy_protocol is v2, but network.proxies.trusted is empty and wins: every connection is closed. " +
    "Name the addresses of your proxies."
  ]))
})

it("tells of limits for routes that cannot hold anything", () => {
  const routes = ["/a", "/b", "/a"].map((route) => ({ route, requests_per_second: 1, burst: 1 }))
  expect(told({ rate_limit: { routes } })).toEqual(Exit.succeed([
    "network.rate_limit.routes has /a more than once, and the first one wins. Keep one of them.",
    "network.rate_limit.routes is set, but network.rate_limit.enabled is false and wins: nothing is limited. " +
    "Set network.rate_limit.enabled, or leave the routes out."
  ]))
  expect(told({ rate_limit: { enabled: true, routes: routes.slice(1) } })).toEqual(Exit.succeed([]))
})

it("tells of CORS, CSRF and compression what is on without an effect", () => {
  const http = (section: unknown) => told({ http: section })
  expect(http({ cors: { enabled: true } })).toEqual(Exit.succeed([
    "network.http.cors.enabled is true, but network.http.cors.allowed_origins is empty and wins: no page of another " +
    "origin may call this server. List origins, or switch it off."
  ]))
  expect(http({ cors: { enabled: true, allowed_origins: ["*"] } })).toEqual(Exit.succeed([]))
  expect(http({ csrf: { token: { enabled: true } } })).toEqual(Exit.succeed([
    "network.http.csrf.token.enabled is true, but network.http.csrf.enabled is false and wins: no request is checked. " +
    "Enable both, or none."
  ]))
  expect(http({ csrf: { enabled: true, token: { enabled: true } } })).toEqual(Exit.succeed([]))
  expect(http({ compression: { enabled: true, algorithms: [] } })).toEqual(Exit.succeed([
    "network.http.compression.enabled is true, but network.http.compression.algorithms is empty and wins: no answer is " +
    "compressed. List algorithms, or switch it off."
  ]))
  expect(http({ compression: { enabled: true, level: 11, algorithms: ["br", "gzip"] } })).toEqual(Exit.succeed([
    "network.http.compression.level is 11; the scale of gzip ends at 9, which is taken"
  ]))
  expect(http({ compression: { enabled: true, level: 11, algorithms: ["br", "zstd"] } })).toEqual(Exit.succeed([]))
})

it("tells that anybody can be the origin null", () => {
  const cors = { enabled: true, allowed_origins: ["null"] }
  expect(told({ http: { cors: { ...cors, allow_credentials: true } } })).toEqual(Exit.succeed([
    "network.http.cors.allowed_origins has null, with credentials: a page of anybody can give itself this origin and " +
    "read what a visitor may read. List real origins."
  ]))
  expect(told({ http: { cors } })).toEqual(Exit.succeed([]))
})
