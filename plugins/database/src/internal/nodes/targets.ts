/** Which servers the settings name, and how to log in to each. */
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { DatabaseConfig } from "../../config.ts"
import type { Target } from "../PgSession.ts"
import type { Current } from "../SessionPool.ts"
import { defaultPort, type Endpoint, nameOf, parseEndpoint } from "./endpoint.ts"

type Replica = NonNullable<DatabaseConfig["connections"]["replicas"]>[number]

/** Where the settings are and how they are read again. */
export interface Source {
  readonly current: Current
  readonly refresh: Effect.Effect<void>
}

const passwordOf = (
  { current, refresh }: Source,
  read: (config: DatabaseConfig) => Redacted.Redacted | undefined
): Pick<Target, "password" | "credentials"> => {
  const password = read(current.config)
  return password === undefined
    ? { password }
    : { password, credentials: { password: Effect.sync(() => read(current.config) ?? password), refresh } }
}

const rootOf = (sslRootCert: string | undefined): Pick<Target, "sslRootCert"> =>
  sslRootCert === undefined ? {} : { sslRootCert }

const isAt = ({ host, port }: Endpoint) => (replica: Replica): boolean =>
  replica.host === host && (replica.port ?? defaultPort) === port

export const primaryOf = (source: Source, host: string): Target => {
  const { database, port, ssl_mode, ssl_root_cert, user } = source.current.config.connections.primary
  const password = passwordOf(source, ({ connections }) => connections.primary.password)
  return { kind: "external", host, port, database, user, sslMode: ssl_mode, ...password, ...rootOf(ssl_root_cert) }
}

const replicaOf = (source: Source, primary: Target, endpoint: Endpoint): Target => {
  const own = (config: DatabaseConfig) => config.connections.replicas?.find(isAt(endpoint))
  const password = passwordOf(source, (config) => own(config)?.password ?? config.connections.primary.password)
  const { database = primary.database, ssl_mode = primary.sslMode, ssl_root_cert, user = primary.user } =
    own(source.current.config) ?? {}
  return { ...primary, ...endpoint, database, user, sslMode: ssl_mode, ...password, ...rootOf(ssl_root_cert) }
}

/** Without the primary; a server that stands in both lists is one. */
const furtherOf = ({ connections, ha }: DatabaseConfig): ReadonlyArray<Endpoint> => [
  ...(connections.replicas ?? []).map(({ host, port = defaultPort }) => ({ host, port })),
  ...(ha.read_replicas.endpoints ?? []).flatMap((text) => parseEndpoint(text) ?? [])
]

/** The configured primary first. The embedded server is alone. */
export const targetsOf = (source: Source, primary: Target): ReadonlyArray<Target> => {
  if (primary.kind === "embedded") return [primary]
  const further = furtherOf(source.current.config).map((endpoint) => replicaOf(source, primary, endpoint))
  return [...new Map([...further, primary].map((target) => [nameOf(target), target])).values()].toSorted(
    (a, b) => Number(b === primary) - Number(a === primary)
  )
}
