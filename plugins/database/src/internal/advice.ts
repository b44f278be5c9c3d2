/** What an operator should reconsider in the settings: sentences, never faults. */
import * as Duration from "effect/Duration"
import type { DatabaseConfig } from "../config.ts"

const longer = (name: string, value: Duration.Duration, than: string, limit: Duration.Duration) =>
  Duration.isGreaterThan(value, limit) && Duration.isGreaterThan(limit, Duration.zero)
    ? [
      `database.${name} (${Duration.format(value)}) is longer than ${than} (${
        Duration.format(limit)
      }) and never reached`
    ]
    : []

/** Settings that get in each other's way. A connect timeout is independent of these, whatever the guide says. */
export const warningsOf = ({ connection_pool, execution }: DatabaseConfig): ReadonlyArray<string> => [
  ...longer("execution.query_timeout", execution.query_timeout, "transaction_timeout", execution.transaction_timeout),
  ...longer(
    "execution.transaction_timeout",
    execution.transaction_timeout,
    "max_lifetime",
    connection_pool.max_lifetime
  ),
  ...(connection_pool.min_size > connection_pool.max_size
    ? [
      `database.connection_pool.min_size (${connection_pool.min_size}) is above max_size (${connection_pool.max_size})`
    ]
    : [])
]

/** Settings that only a server of one's own heeds: whoever wrote them did not mean to get the embedded one. */
const unheeded = ({ connections: { primary } }: DatabaseConfig): ReadonlyArray<string> =>
  [
    { key: "port", written: primary.port !== 5432 },
    { key: "user", written: primary.user !== "heptad" },
    { key: "password", written: primary.password !== undefined },
    { key: "ssl_mode", written: primary.ssl_mode !== "prefer" }
  ].filter(({ written }) => written).map(({ key }) => key)

/** What is told when the embedded server starts although the settings look as if another one was meant. */
export const embeddedWarnings = (config: DatabaseConfig): ReadonlyArray<string> => {
  const keys = unheeded(config)
  return keys.length === 0 ? [] : [
    `database.connections.primary: ${
      keys.join(", ")
    } set, but host is not: the embedded server runs and heeds none of ` +
    `it. Set host (DB_PRIMARY_HOST) to use another server.`
  ]
}

/** The guide's formula for a server on solid-state disks: sessions that it can really work on at a time. */
export const poolAdvice = ({ connection_pool }: DatabaseConfig, cores: number): string =>
  `connection pool: at most ${connection_pool.max_size} sessions; the usual formula (cores * 2 + 1) gives ` +
  `${cores * 2 + 1} for a database server with the ${cores} cores of this machine`
