import { assert, it } from "@effect/vitest"
import type { Plugin } from "@heptad/kernel"
import { NetworkPlugin } from "@heptad/network/plugin"
import * as Effect from "effect/Effect"

const needs = (section: unknown, expected: ReadonlyArray<Plugin.Need>) =>
  Effect.map(NetworkPlugin.prepare(section, "error"), (prepared) => assert.deepStrictEqual(prepared.needs, expected))

const port = { kind: "port", what: "127.0.0.1:8080", key: "network.tcp.port" } as const
const secret = {
  kind: "secret",
  what: "key that signs and verifies tokens",
  key: "network.auth.jwt.secret"
} as const

it.effect("a port, and no secret where one is generated", () => needs({}, [port]))

it.effect("the port of an IPv6 address", () =>
  needs({ tcp: { bind_address: "::1", port: 443 } }, [{ ...port, what: "[::1]:443" }]))

it.effect("the secret where it must be given or is given, which is not shown", () =>
  Effect.andThen(
    needs({ auth: { jwt: { generate_secret: false } } }, [port, secret]),
    needs({ auth: { jwt: { secret: "0123456789abcdef0123456789abcdef" } } }, [port, secret])
  ))

it.effect("the files of TLS where it is on", () => {
  const tls = { cert_file: "/tls/tls.crt", key_file: "/tls/tls.key" }
  return Effect.all([
    needs({ tls }, [port]),
    needs({ tls: { ...tls, enabled: true } }, [
      port,
      { kind: "file", what: "/tls/tls.crt", key: "network.tls.cert_file" },
      { kind: "file", what: "/tls/tls.key", key: "network.tls.key_file" }
    ]),
    needs({ tls: { ...tls, enabled: true, server_names: [{ cert_file: "/b.crt", key_file: "/b.key" }] } }, [
      port,
      { kind: "file", what: "/tls/tls.crt", key: "network.tls.cert_file" },
      { kind: "file", what: "/tls/tls.key", key: "network.tls.key_file" },
      { kind: "file", what: "/b.crt", key: "network.tls.server_names.0.cert_file" },
      { kind: "file", what: "/b.key", key: "network.tls.server_names.0.key_file" }
    ])
  ])
})

it.effect("where public keys and API keys come from; a secret is not asked for beside them", () =>
  needs({
    auth: {
      jwt: {
        generate_secret: false,
        public_key_file: "/keys/login.pem",
        jwks_file: "/keys/login.json",
        jwks_url: "https://login.example.com/keys"
      },
      api_keys: { file: "/keys/api.yaml" }
    }
  }, [
    port,
    { kind: "file", what: "/keys/login.pem", key: "network.auth.jwt.public_key_file" },
    { kind: "file", what: "/keys/login.json", key: "network.auth.jwt.jwks_file" },
    { kind: "file", what: "/keys/api.yaml", key: "network.auth.api_keys.file" },
    { kind: "host", what: "login.example.com:443", key: "network.auth.jwt.jwks_url" }
  ]))

it.effect("the host of Redis, without what its URL keeps secret", () =>
  needs({ rate_limit: { enabled: true, store: "redis", redis: { url: "rediss://app:hunter2@redis.example.com" } } }, [
    port,
    { kind: "host", what: "redis.example.com:6379", key: "network.rate_limit.redis.url" }
  ]))

it.effect("the hosts of upstreams with their policies in order, and the file of their authorities", () => {
  const key = "network.upstreams.orders"
  const endpoints = ["http://orders-1:8080", "http://orders-2:8080"]
  const how = "total 30s > bulkhead 128, waiting 128 for 1s > breaker 50% of 20 in 10s or 10 in a row > " +
    "3 tries, retries 20% > try 10s > round_robin of 2"
  const orders = { endpoints, tls: { ca_file: "/tls/ca.crt" } }
  const plain = {
    endpoints: "http://a",
    circuit_breaker: { enabled: false },
    retry: { attempts: 1 },
    timeout: "1500ms"
  }
  return needs({ upstreams: { orders, plain } }, [
    port,
    { kind: "host", what: "orders-1:8080", key: `${key}.endpoints`, how },
    { kind: "host", what: "orders-2:8080", key: `${key}.endpoints` },
    { kind: "file", what: "/tls/ca.crt", key: `${key}.tls.ca_file` },
    {
      kind: "host",
      what: "a:80",
      key: "network.upstreams.plain.endpoints",
      how: "total 30s > bulkhead 128, waiting 128 for 1s > no breaker > no retry > try 1500ms > round_robin of 1"
    }
  ])
})
