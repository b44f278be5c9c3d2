/** The settings of database: the guide's `database` section, and where the embedded server needs more, a few of its own. */
import { Setting, SettingTypes } from "@heptad/common"
import type * as Schema from "effect/Schema"
import { ConnectionPool } from "./config/connectionPool.ts"
import { Connections } from "./config/connections.ts"
import { Execution } from "./config/execution.ts"
import { HighAvailability } from "./config/ha.ts"
import { MigrationsConfig } from "./config/migrations.ts"
import { RepeatedQueries, SlowQueries } from "./config/watch.ts"

const { Boolean, Bytes, Duration, int } = SettingTypes

const Performance = Setting.section({
  prepared_statements: Setting.field(Boolean, true, {
    description: "Keep statements prepared on each session. Switch off behind a pooler that cannot keep them."
  }),
  statement_cache_size: Setting.field(int(0, 100_000), 1000, {
    description: "Statements that one session keeps prepared; the least recently used goes first."
  }),
  batch_size: Setting.field(int(1, 65_535), 100, {
    description: "Most rows of one statement that `Database.inserter` makes of single inserts.",
    reloadable: true
  })
})

export const DatabaseConfig = Setting.section({
  connection_pool: ConnectionPool,
  execution: Execution,
  performance: Performance,
  slow_queries: SlowQueries,
  repeated_queries: RepeatedQueries,
  ha: HighAvailability,
  connections: Connections,
  migrations: MigrationsConfig,
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
    min_free_space: Setting.field(Bytes, "256MB", {
      description: "Readiness warns (check `database_disk`) when the disk of the embedded server has less room left.",
      unit: "bytes"
    }),
    durable: Setting.field(Boolean, true, {
      description: "Every commit reaches the disk. Switch off only for data that may be lost, for example in tests."
    })
  })
})

/** The decoded section. */
export interface DatabaseConfig extends Schema.Schema.Type<typeof DatabaseConfig> {}
