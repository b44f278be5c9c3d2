import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import { DatabaseConfig } from "../src/config.ts"
import { advice } from "../src/internal/advice.ts"

/** On 10 cores the formula says 21. */
const told = (section: unknown, cores = 10) =>
  Exit.map(
    Schema.decodeUnknownExit(DatabaseConfig)(section),
    (config) => advice(config, cores).map(({ message }) => message)
  )

const formula =
  "database.connection_pool.max_size is 20; the usual formula (cores * 2 + 1) gives 21 for a database server with the " +
  "10 cores of this machine"

it("gives the guide's formula for the pool, unless it is followed", () => {
  expect(told({})).toEqual(Exit.succeed([formula]))
  expect(told({ connection_pool: { max_size: 21 } })).toEqual(Exit.succeed([]))
})

it("tells times and sizes that another one keeps from being reached", () => {
  const connection_pool = { min_size: 22, max_size: 21, max_lifetime: "30s" }
  expect(told({ connection_pool, execution: { query_timeout: "2m" } })).toEqual(Exit.succeed([
    "database.execution.query_timeout (2m) is never reached: database.execution.transaction_timeout (1m) is shorter and " +
    "wins",
    "database.execution.transaction_timeout (1m) is never reached: database.connection_pool.max_lifetime (30s) is " +
    "shorter and wins",
    "database.connection_pool.min_size (22) is above database.connection_pool.max_size (21), which wins"
  ]))
  expect(told({ execution: { query_timeout: "2m", transaction_timeout: "0s" } })).toEqual(Exit.succeed([formula]))
})

it("tells that the embedded server heeds no setting of a server that is named nowhere, and shows no password", () => {
  const primary = { port: 6432, user: "shop", password: "planted", ssl_mode: "verify-full" }
  expect(told({ connections: { primary } })).toEqual(Exit.succeed([
    "database.connections.primary: port, user, password, ssl_mode set, but host is not: the embedded server runs and " +
    "heeds none of it. Set host (DB_PRIMARY_HOST) to use another server.",
    formula
  ]))
  expect(told({ connections: { primary: { database: "shop" } } })).toEqual(Exit.succeed([formula]))
  expect(told({ connections: { primary: { ...primary, host: "db" } } })).toEqual(Exit.succeed([formula]))
})

it("tells replicas that stand in one list and not in the other", () => {
  const lists = (...endpoints: ReadonlyArray<string>) => ({
    ha: { read_replicas: { endpoints } },
    connections: { primary: { host: "p" }, replicas: [{ host: "a" }, { host: "b", port: 6432 }] }
  })
  expect(told(lists("a:5432", "c:5432"))).toEqual(Exit.succeed([
    "database.ha.read_replicas.endpoints names c:5432, which database.connections.replicas does not (a:5432, b:6432): " +
    "the lists are one, and database.connections.replicas wins where both name a server. " +
    "Name each server once, under one name.",
    promotion,
    formula
  ]))
  expect(told(lists("a:5432", "b:6432"))).toEqual(Exit.succeed([promotion, formula]))
})

const promotion =
  "database.ha.failover follows a promoted primary and promotes none itself: that is for your cluster's own tool " +
  "(Patroni, repmgr, pg_auto_failover, or a person with pg_promote())"

it("tells who has several servers that nothing is promoted here", () => {
  const servers = { primary: { host: "a" }, replicas: [{ host: "b" }] }
  expect(told({ connections: servers })).toEqual(Exit.succeed([promotion, formula]))
  expect(told({ connections: servers, ha: { failover: { enabled: false } } })).toEqual(Exit.succeed([formula]))
})

it("tells replicas without a primary, and reads for replicas without one", () => {
  expect(told({ ha: { read_replicas: { endpoints: ["a:5432"] } } })).toEqual(Exit.succeed([
    "database.connections.replicas or database.ha.read_replicas.endpoints names servers, but " +
    "database.connections.primary.host is not set: the embedded server runs alone. Set host (DB_PRIMARY_HOST).",
    formula
  ]))
  expect(told({ ha: { read_replicas: { enabled: true } } })).toEqual(Exit.succeed([
    "database.ha.read_replicas.enabled is true, but no replica is named: every read goes to the primary. Name them in " +
    "database.ha.read_replicas.endpoints or in database.connections.replicas.",
    formula
  ]))
})
