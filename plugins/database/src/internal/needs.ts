/** Pure: what the database will use outside of the process. */
import type { Plugin } from "@heptad/kernel"
import type { DatabaseConfig } from "../config.ts"
import { defaultPort, type Endpoint, nameOf, parseEndpoint } from "./nodes/endpoint.ts"

const at = "database.connections.primary"

/** The embedded server listens on no port and makes its password itself. */
const embedded: ReadonlyArray<Plugin.Need> = [
  { kind: "directory", what: "postgres, below common.data_dir", key: `${at}.host` }
]

const serverAt = ({ host, port }: Endpoint): string =>
  host.startsWith("/") ? `${host}/.s.PGSQL.${port}` : nameOf({ host, port })

const how = "which of the servers is the primary is asked; one that is promoted gets the writes, nothing is promoted"

/** Each further server once, with the setting that names it. */
const further = ({ connections, ha }: DatabaseConfig): ReadonlyArray<Plugin.Need> => {
  const servers = [
    ...(connections.replicas ?? []).map(({ host, port = defaultPort }) =>
      [serverAt({ host, port }), "database.connections.replicas"] as const
    ),
    ...(ha.read_replicas.endpoints ?? []).flatMap((text) => parseEndpoint(text) ?? []).map((endpoint) =>
      [serverAt(endpoint), "database.ha.read_replicas.endpoints"] as const
    )
  ]
  return [...new Map(servers.toReversed())].toReversed().map(([what, key]) => ({ kind: "host", what, key, how }))
}

export const needs = (config: DatabaseConfig): ReadonlyArray<Plugin.Need> => {
  const { host, password, port, ssl_root_cert: root, user } = config.connections.primary
  if (host === undefined) return embedded
  const server = serverAt({ host, port })
  const secret = { kind: "secret" as const, what: `password of ${user} at ${server}`, key: `${at}.password` }
  return [
    { kind: "host", what: server, key: `${at}.host` },
    ...(password === undefined ? [] : [secret]),
    ...(root === undefined || root === "system" ? [] : [
      { kind: "file" as const, what: root, key: `${at}.ssl_root_cert` }
    ]),
    ...further(config)
  ]
}
