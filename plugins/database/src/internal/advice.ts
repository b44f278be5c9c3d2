/** What an operator should know about the settings of database, though it is no fault. */
import { Advice } from "@heptad/common"
import type { Settings } from "@heptad/kernel"
import * as Duration from "effect/Duration"
import type { DatabaseConfig } from "../config.ts"

interface Time {
  readonly key: string
  readonly value: Duration.Duration
}

/** Zero is no limit. */
const unreached = (inner: Time, outer: Time): ReadonlyArray<Settings.Advice> =>
  Duration.isGreaterThan(inner.value, outer.value) && Duration.isGreaterThan(outer.value, Duration.zero)
    ? [Advice.contradiction(
      [inner.key, outer.key],
      `${inner.key} (${Duration.format(inner.value)}) is never reached: ${outer.key} (${
        Duration.format(outer.value)
      }) is shorter and wins`
    )]
    : []

/** A connect timeout is independent of these, whatever the guide says. */
const times = ({ connection_pool, execution }: DatabaseConfig): ReadonlyArray<Settings.Advice> => {
  const query = { key: "database.execution.query_timeout", value: execution.query_timeout }
  const transaction = { key: "database.execution.transaction_timeout", value: execution.transaction_timeout }
  const lifetime = { key: "database.connection_pool.max_lifetime", value: connection_pool.max_lifetime }
  return [...unreached(query, transaction), ...unreached(transaction, lifetime)]
}

const sizes = ({ connection_pool: { max_size, min_size } }: DatabaseConfig): ReadonlyArray<Settings.Advice> => {
  const [least, most] = ["database.connection_pool.min_size", "database.connection_pool.max_size"]
  return min_size <= max_size ? [] : [Advice.contradiction(
    [least, most],
    `${least} (${min_size}) is above ${most} (${max_size}), which wins`
  )]
}

/** Settings that only a server of one's own heeds: whoever wrote them did not mean to get the embedded one. */
const unheeded = ({ connections: { primary } }: DatabaseConfig): ReadonlyArray<string> =>
  [
    { key: "port", written: primary.port !== 5432 },
    { key: "user", written: primary.user !== "heptad" },
    { key: "password", written: primary.password !== undefined },
    { key: "ssl_mode", written: primary.ssl_mode !== "prefer" }
  ].filter(({ written }) => written).map(({ key }) => key)

/** The embedded server starts although the settings look as if another one was meant. */
const embedded = (config: DatabaseConfig): ReadonlyArray<Settings.Advice> => {
  const group = "database.connections.primary"
  const keys = config.connections.primary.host === undefined ? unheeded(config) : []
  return keys.length === 0 ? [] : [Advice.contradiction(
    [`${group}.host`, ...keys.map((key) => `${group}.${key}`)],
    `${group}: ${keys.join(", ")} set, but host is not: the embedded server runs and heeds none of it. ` +
      `Set host (DB_PRIMARY_HOST) to use another server.`
  )]
}

/** How many servers beside the primary are named. */
const named = ({ connections, ha }: DatabaseConfig): number =>
  (connections.replicas ?? []).length + (ha.read_replicas.endpoints ?? []).length

/** Servers that are named, but of which none is a primary's: the embedded server runs alone. */
const orphans = (config: DatabaseConfig): ReadonlyArray<Settings.Advice> => {
  const [plain, detailed] = ["database.ha.read_replicas.endpoints", "database.connections.replicas"]
  return config.connections.primary.host !== undefined || named(config) === 0 ? [] : [Advice.contradiction(
    ["database.connections.primary.host", detailed, plain],
    `${detailed} or ${plain} names servers, but database.connections.primary.host is not set: the embedded server runs ` +
      `alone. Set host (DB_PRIMARY_HOST).`
  )]
}

/** Reads that are to go to replicas of which none is named. */
const noReplicas = (config: DatabaseConfig): ReadonlyArray<Settings.Advice> => {
  const [enabled, endpoints] = ["database.ha.read_replicas.enabled", "database.ha.read_replicas.endpoints"]
  return !config.ha.read_replicas.enabled || named(config) > 0 ? [] : [Advice.contradiction(
    [enabled, endpoints, "database.connections.replicas"],
    `${enabled} is true, but no replica is named: every read goes to the primary. Name them in ${endpoints} or in ` +
      `database.connections.replicas.`
  )]
}

/** Who has two servers may expect that somebody promotes one. */
const promotion = (config: DatabaseConfig): ReadonlyArray<Settings.Advice> =>
  config.connections.primary.host === undefined || !config.ha.failover.enabled || named(config) === 0 ?
    [] :
    [Advice.hint(
      ["database.ha.failover.enabled"],
      "database.ha.failover follows a promoted primary and promotes none itself: that is for your cluster's own tool " +
        "(Patroni, repmgr, pg_auto_failover, or a person with pg_promote())"
    )]

/** A list of addresses beside a list with credentials: both count, and the second one knows more. */
const replicas = ({ connections, ha }: DatabaseConfig): ReadonlyArray<Settings.Advice> => {
  const [plain, detailed] = ["database.ha.read_replicas.endpoints", "database.connections.replicas"]
  const known = (connections.replicas ?? []).map(({ host, port = 5432 }) => `${host}:${port}`)
  const strangers = (ha.read_replicas.endpoints ?? []).filter((endpoint) => !known.includes(endpoint))
  return known.length === 0 || strangers.length === 0 ? [] : [Advice.contradiction(
    [plain, detailed],
    `${plain} names ${strangers.join(", ")}, which ${detailed} does not (${
      known.join(", ")
    }): the lists are one, and ` +
      `${detailed} wins where both name a server. Name each server once, under one name.`
  )]
}

/** The guide's formula for a server on solid-state disks: sessions that it can really work on at a time. */
const formula = ({ connection_pool: { max_size } }: DatabaseConfig, cores: number): ReadonlyArray<Settings.Advice> =>
  max_size === cores * 2 + 1 ? [] : [Advice.hint(
    ["database.connection_pool.max_size"],
    `database.connection_pool.max_size is ${max_size}; the usual formula (cores * 2 + 1) gives ${cores * 2 + 1} ` +
      `for a database server with the ${cores} cores of this machine`
  )]

/** `cores`: those of this machine. */
export const advice = (config: DatabaseConfig, cores: number): ReadonlyArray<Settings.Advice> => [
  ...times(config),
  ...sizes(config),
  ...embedded(config),
  ...replicas(config),
  ...orphans(config),
  ...noReplicas(config),
  ...promotion(config),
  ...formula(config, cores)
]
