/** Pure: what network will use outside of the process. */
import type { Plugin } from "@heptad/kernel"
import type { NetworkConfig } from "../config.ts"

const listener = ({ bind_address, port }: NetworkConfig["tcp"]): Plugin.Need => ({
  kind: "port",
  what: `${bind_address.includes(":") ? `[${bind_address}]` : bind_address}:${port}`,
  key: "network.tcp.port"
})

const files = ({ ca_file, cert_file, enabled, key_file }: NetworkConfig["tls"]): ReadonlyArray<Plugin.Need> =>
  enabled
    ? Object.entries({ cert_file, key_file, ca_file }).flatMap(([name, what]) =>
      what === undefined ? [] : [{ kind: "file", what, key: `network.tls.${name}` }]
    )
    : []

/** A generated one is kept below the data directory and asks for nothing. */
const secret = ({ jwt }: NetworkConfig["auth"]): ReadonlyArray<Plugin.Need> =>
  jwt.secret === undefined && jwt.generate_secret
    ? []
    : [{ kind: "secret", what: "key that signs and verifies tokens", key: "network.auth.jwt.secret" }]

export const needs = ({ auth, tcp, tls }: NetworkConfig): ReadonlyArray<Plugin.Need> => [
  listener(tcp),
  ...files(tls),
  ...secret(auth)
]
