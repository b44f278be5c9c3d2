/** Pure: what the database will use outside of the process. */
import type { Plugin } from "@heptad/kernel"
import type { DatabaseConfig } from "../config.ts"

const at = "database.connections.primary"

/** A host that starts with a slash is the folder of a unix socket. */
const serverAt = (host: string, port: number): string =>
  host.startsWith("/") ? `${host}/.s.PGSQL.${port}` : host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`

/** The embedded server listens on no port and makes its password itself. */
const embedded: ReadonlyArray<Plugin.Need> = [
  { kind: "directory", what: "postgres, below common.data_dir", key: `${at}.host` }
]

export const needs = ({ connections: { primary } }: DatabaseConfig): ReadonlyArray<Plugin.Need> => {
  const { host, password, port, user } = primary
  if (host === undefined) return embedded
  const server = serverAt(host, port)
  const secret = { kind: "secret" as const, what: `password of ${user} at ${server}`, key: `${at}.password` }
  return [{ kind: "host", what: server, key: `${at}.host` }, ...(password === undefined ? [] : [secret])]
}
