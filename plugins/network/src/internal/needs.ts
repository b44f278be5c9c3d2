/** Pure: what network will use outside of the process. */
import type { Plugin } from "@heptad/kernel"
import * as Redacted from "effect/Redacted"
import type { NetworkConfig } from "../config.ts"
import { hasPublicKeys } from "../config/auth.ts"
import { policiesOf, wordsOf } from "./upstream/policy.ts"

const listener = (
  { bind_address, port }: Pick<NetworkConfig["tcp"], "bind_address" | "port">,
  key: string
): Plugin.Need => ({
  kind: "port",
  what: `${bind_address.includes(":") ? `[${bind_address}]` : bind_address}:${port}`,
  key
})

const filesBelow = (key: string, files: Readonly<Record<string, string | undefined>>): ReadonlyArray<Plugin.Need> =>
  Object.entries(files).flatMap(([name, what]) =>
    what === undefined ? [] : [{ kind: "file", what, key: `${key}.${name}` }]
  )

const framedListener = ({ framed }: NetworkConfig): ReadonlyArray<Plugin.Need> =>
  framed.enabled ? [listener(framed, "network.framed.port")] : []

const files = ({ framed, tls }: NetworkConfig): ReadonlyArray<Plugin.Need> => {
  const { ca_file, cert_file, enabled, key_file, ocsp_file, server_names } = tls
  return enabled || (framed.enabled && framed.tls)
    ? [
      ...filesBelow("network.tls", { cert_file, key_file, ocsp_file, ca_file }),
      ...server_names.flatMap(({ cert_file, key_file, ocsp_file }, index) =>
        filesBelow(`network.tls.server_names.${index}`, { cert_file, key_file, ocsp_file })
      )
    ]
    : []
}

/** A generated one is kept below the data directory and asks for nothing; with public keys there is none. */
const secret = ({ jwt }: NetworkConfig["auth"]): ReadonlyArray<Plugin.Need> =>
  jwt.secret === undefined && (jwt.generate_secret || hasPublicKeys(jwt))
    ? []
    : [{ kind: "secret", what: "key that signs and verifies tokens", key: "network.auth.jwt.secret" }]

const hostOf = (url: string): string => {
  const { hostname, port, protocol } = new URL(url)
  return `${hostname}:${port === "" ? protocol === "https:" ? 443 : 80 : port}`
}

/** Where keys come from that verify tokens of others, and API keys. */
const keys = ({ api_keys, jwt }: NetworkConfig["auth"]): ReadonlyArray<Plugin.Need> => {
  const files = {
    "jwt.public_key_file": jwt.public_key_file,
    "jwt.jwks_file": jwt.jwks_file,
    "api_keys.file": api_keys.file
  }
  const read = Object.entries(files).flatMap(([name, what]): ReadonlyArray<Plugin.Need> =>
    what === undefined ? [] : [{ kind: "file", what, key: `network.auth.${name}` }]
  )
  return jwt.jwks_url === undefined
    ? read
    : [...read, { kind: "host", what: hostOf(jwt.jwks_url), key: "network.auth.jwt.jwks_url" }]
}

const limits = ({ rate_limit: { enabled, redis, store } }: NetworkConfig): ReadonlyArray<Plugin.Need> => {
  if (!enabled || store !== "redis") return []
  const { hostname, port } = new URL(Redacted.value(redis.url))
  return [{ kind: "host", what: `${hostname}:${port === "" ? 6379 : port}`, key: "network.rate_limit.redis.url" }]
}

/** `how`: the policies of an upstream in their order; its endpoints share them. */
const upstreams = (config: NetworkConfig): ReadonlyArray<Plugin.Need> =>
  policiesOf(config).flatMap((policy): ReadonlyArray<Plugin.Need> => {
    const key = `network.upstreams.${policy.name}`
    const hosts = policy.endpoints.map((url, index) => ({
      kind: "host" as const,
      what: hostOf(url),
      key: `${key}.endpoints`,
      ...(index === 0 ? { how: wordsOf(policy) } : {})
    }))
    return [
      ...hosts,
      ...(policy.caFile === undefined
        ? []
        : [{ kind: "file" as const, what: policy.caFile, key: `${key}.tls.ca_file` }])
    ]
  })

export const needs = (config: NetworkConfig): ReadonlyArray<Plugin.Need> => [
  listener(config.tcp, "network.tcp.port"),
  ...framedListener(config),
  ...files(config),
  ...secret(config.auth),
  ...keys(config.auth),
  ...limits(config),
  ...upstreams(config)
]
