/** The settings of database: the guide's `database` section, and where the embedded server needs more, a few of its own. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"
import { ConnectionPool } from "./config/connectionPool.ts"

const { Boolean, Duration, int, Pause, Port, Secret } = SettingTypes

const SslMode = Schema.Literals(["disable", "prefer", "require", "verify-ca", "verify-full"])

const replicas = "later version: every statement goes to the primary"
const failover = "later version: one primary, no failover yet; sessions reconnect when it comes back"

const Replica = Schema.Struct({
  host: Setting.item(Schema.String, { description: "Name or address of the replica." }),
  port: Setting.optional(Port, { description: "Its port. Default: 5432." }),
  database: Setting.optional(Schema.String, { description: "Name of the database. Default: that of the primary." }),
  user: Setting.optional(Schema.String, { description: "Role to log in as. Default: that of the primary." }),
  password: Setting.optional(Secret, { description: "Its password. Default: that of the primary.", secret: true }),
  ssl_mode: Setting.optional(SslMode, { description: "As for the primary. Default: that of the primary." })
})

const Execution = Setting.section({
  max_retry_attempts: Setting.field(int(0, 100), 3, {
    description:
      "How often opening a session is tried again for a statement that needs one. A sent statement is never repeated.",
    reloadable: true
  }),
  retry_backoff: Setting.field(Schema.Literals(["exponential", "linear"]), "exponential", {
    description: "How the pause between two attempts grows: doubled, or by initial_backoff each time.",
    reloadable: true
  }),
  initial_backoff: Setting.field(Duration, "100ms", {
    description: "The first pause.",
    unit: "duration",
    reloadable: true
  }),
  max_backoff: Setting.field(Duration, "5s", {
    description: "The longest pause.",
    unit: "duration",
    reloadable: true
  }),
  query_timeout: Setting.field(Duration, "30s", {
    description: "The server cancels a statement that runs longer. 0s: no limit.",
    unit: "duration"
  }),
  transaction_timeout: Setting.field(Duration, "60s", {
    description:
      "The server ends a transaction that is open longer (servers before 17: that idles longer). 0s: no limit.",
    unit: "duration"
  })
})

const Performance = Setting.section({
  prepared_statements: Setting.field(Boolean, true, {
    description: "Keep statements prepared on each session. Switch off behind a pooler that cannot keep them."
  }),
  statement_cache_size: Setting.field(int(0, 100_000), 1000, {
    description: "Statements that one session keeps prepared; the least recently used goes first."
  }),
  batch_size: Setting.optional(int(1), {
    description: "Rows of one multi-row statement.",
    notApplied: "later version: there is no batcher yet; `sql.insert` takes as many rows as it is given"
  })
})

const HighAvailability = Setting.section({
  read_replicas: Setting.section({
    enabled: Setting.optional(Boolean, { description: "Send reads to replicas.", notApplied: replicas }),
    endpoints: Setting.optional(SettingTypes.list(Schema.String), {
      description: "Replicas as host:port, with the credentials of the primary.",
      notApplied: replicas
    }),
    load_balancing: Setting.optional(Schema.Literals(["round_robin", "random", "least_connections"]), {
      description: "Which replica gets a read.",
      notApplied: replicas
    })
  }),
  failover: Setting.section({
    enabled: Setting.optional(Boolean, { description: "Look for a promoted primary.", notApplied: failover }),
    health_check_interval: Setting.field(Pause, "10s", {
      description: "How often the readiness check `database_connection` asks the server.",
      unit: "duration",
      reloadable: true
    }),
    max_failover_attempts: Setting.optional(int(0), {
      description: "How many nodes are tried.",
      notApplied: failover
    })
  })
})

const Primary = Setting.section({
  host: Setting.optional(Schema.NonEmptyString, {
    description: "Name or address, or the absolute folder of a unix socket. Without it the embedded server runs.",
    env: ["DB_PRIMARY_HOST", "DB_HOST", "KCENON_DB_HOST"]
  }),
  port: Setting.field(Port, 5432, { description: "Port of the server.", env: ["DB_PRIMARY_PORT"] }),
  database: Setting.field(Schema.NonEmptyString, "heptad", {
    description: "Name of the database; the embedded server creates it.",
    env: ["DB_PRIMARY_NAME"]
  }),
  user: Setting.field(Schema.NonEmptyString, "heptad", {
    description: "Role to log in as; the embedded server always uses `heptad`.",
    env: ["DB_PRIMARY_USER"]
  }),
  password: Setting.optional(Secret, {
    description: "Its password; the embedded server has a generated one.",
    env: ["DB_PASSWORD", "DATABASE_PASSWORD"],
    secret: true
  }),
  ssl_mode: Setting.field(SslMode, "prefer", {
    description:
      "As in libpq. prefer: TLS when the server has it. require: TLS, any certificate. verify-ca: a known authority " +
      "signed it (NODE_EXTRA_CA_CERTS adds authorities). verify-full: and it names the host.",
    env: ["DB_SSL_MODE"]
  })
})

export const DatabaseConfig = Setting.section({
  connection_pool: ConnectionPool,
  execution: Execution,
  performance: Performance,
  ha: HighAvailability,
  connections: Setting.section({
    primary: Primary,
    replicas: Setting.optional(Schema.Array(Replica), {
      description: "Replicas with credentials of their own.",
      notApplied: replicas
    })
  }),
  migrations: Setting.section({
    lock_timeout: Setting.field(Duration, "60s", {
      description: "Longest wait for another process that migrates, and for a lock that a migration needs.",
      unit: "duration"
    })
  }),
  embedded: Setting.section({
    start_timeout: Setting.field(Duration, "30s", {
      description: "Longest wait until the embedded server answers, crash recovery included.",
      unit: "duration"
    }),
    stop_timeout: Setting.field(Duration, "10s", {
      description: "Longest wait for its clean stop before it is killed (the next start then recovers).",
      unit: "duration"
    }),
    max_restarts: Setting.field(int(0, 1000), 5, {
      description: "How often a server that died is started again before the app gives up on it."
    }),
    durable: Setting.field(Boolean, true, {
      description: "Every commit reaches the disk. Switch off only for data that may be lost, for example in tests."
    })
  })
})

/** The decoded section. */
export interface DatabaseConfig extends Schema.Schema.Type<typeof DatabaseConfig> {}
