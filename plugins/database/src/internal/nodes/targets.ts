/** Which servers the settings name, and how to log in to each. */
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { DatabaseConfig } from "../../config.ts"
import type { Target } from "../PgSession.ts"
import type { Current } from "../SessionPool.ts"
import { defaultPort, type Endpoint, nameOf, parseEndpoint } from "./endpoint.ts"

type Replica = NonNullable<DatabaseConfig["connections"]["replicas"]>[number]

/** Asked for each attempt, because it may have been changed while the app runs. */
const passwordOf = (
  current: Current,
  read: (config: DatabaseConfig) => Redacted.Redacted | undefined
): Pick<Target, "password" | "passwordNow"> => {
  const password = read(current.config)
  return password === undefined
    ? { password }
    : { password, passwordNow: Effect.sync(() => read(current.config) ?? password) }
}

const isAt = ({ host, port }: Endpoint) => (replica: Replica): boolean =>
  replica.host === host && (replica.port ?? defaultPort) === port

export const primaryOf = (current: Current, host: string): Target => {
  const { database, port, ssl_mode, user } = current.config.connections.primary
  const password = passwordOf(current, ({ connections }) => connections.primary.password)
  return { kind: "external", host, port, database, user, sslMode: ssl_mode, ...password }
}

const replicaOf = (current: Current, primary: Target, endpoint: Endpoint): Target => {
  const own = (config: DatabaseConfig) => config.connections.replicas?.find(isAt(endpoint))
  const password = passwordOf(current, (config) => own(config)?.password ?? config.connections.primary.password)
  const { database = primary.database, ssl_mode = primary.sslMode, user = primary.user } = own(current.config) ?? {}
  return { ...primary, ...endpoint, database, user, sslMode: ssl_mode, ...password }
}

/** Without the primary; a server that stands in both lists is one. */
const furtherOf = ({ connections, ha }: DatabaseConfig): ReadonlyArray<Endpoint> => [
  ...(connections.replicas ?? []).map(({ host, port = defaultPort }) => ({ host, port })),
  ...(ha.read_replicas.endpoints ?? []).flatMap((text) => parseEndpoint(text) ?? [])
]

/** The configured primary first. The embedded server is alone. */
export const targetsOf = (current: Current, primary: Target): ReadonlyArray<Target> => {
  if (primary.kind === "embedded") return [primary]
  const further = furtherOf(current.config).map((endpoint) => replicaOf(current, primary, endpoint))
  return [...new Map([...further, primary].map((target) => [nameOf(target), target])).values()].toSorted(
    (a, b) => Number(b === primary) - Number(a === primary)
  )
}
