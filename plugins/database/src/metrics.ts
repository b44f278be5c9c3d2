/** Every metric of database, by the guide's names. */
import * as Metric from "effect/Metric"

/** Seconds from sending a statement to its last row, over the last minute (at most 1,024 statements). */
export const queryDuration = Metric.summary("database_query_duration_seconds", {
  description: "Time from sending a statement to its last row, in seconds",
  maxAge: "1 minute",
  maxSize: 1024,
  quantiles: [0.5, 0.95, 0.99]
})

/** OpenTelemetry's `db.client.operation.duration`, with its bounds. Attribute: `db_operation_name`, one of a few, else `OTHER`. */
const operationDuration = Metric.withAttributes(
  Metric.histogram("db_client_operation_duration_seconds", {
    description: "Duration of statements in seconds, by operation",
    boundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]
  }),
  { db_system_name: "postgresql" }
)

const operationNames = ["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "BEGIN", "COMMIT", "ROLLBACK", "OTHER"]

const operations = new Map(operationNames.map((name) => [
  name,
  Metric.withAttributes(operationDuration, { db_operation_name: name })
]))

const other = Metric.withAttributes(operationDuration, { db_operation_name: "OTHER" })

const firstWord = /^\s*([A-Za-z]+)/

/** By the text of a statement, which for a template is the same string each time. */
const known = new Map<string, typeof other>()
const most = 1000

/** The series of the operation that a statement begins with. */
export const durationOf = (sql: string) => {
  const found = known.get(sql)
  if (found !== undefined) return found
  const series = operations.get(firstWord.exec(sql)?.[1]?.toUpperCase() ?? "OTHER") ?? other
  if (known.size < most) known.set(sql, series)
  return series
}

export const slowQueries = Metric.counter("database_slow_queries_total", {
  description: "Statements that took longer than slow_queries.threshold",
  incremental: true
})

export const repeatedQueries = Metric.counter("database_repeated_queries_total", {
  description: "Statements that were sent more often than repeated_queries.threshold within one request",
  incremental: true
})

export const poolSize = Metric.gauge("database_connection_pool_size", {
  description: "Largest number of sessions the pool may hold (connection_pool.max_size)"
})

export const poolActive = Metric.gauge("database_connection_pool_active", {
  description: "Sessions lent out or being opened"
})

export const poolWaiting = Metric.gauge("database_connection_pool_waiting", {
  description: "Statements and transactions that wait for a session"
})

export const poolLeaks = Metric.counter("database_connection_pool_leaks_total", {
  description: "Times that somebody held a session for longer than connection_pool.leak_warning",
  incremental: true
})

const errors = Metric.counter("database_errors_total", {
  description: "Failed statements by kind (name of the error code without its system)",
  incremental: true
})

/** The counter of one kind of failure, for example `query_timeout`. */
export const errorsOf = (type: string) => Metric.withAttributes(errors, { type })

export const failovers = Metric.counter("database_failovers_total", {
  description: "How often writes moved to another server, because it had become the primary",
  incremental: true
})

export const splitBrains = Metric.counter("database_split_brain_total", {
  description: "How often several servers said at a time that they are the primary",
  incremental: true
})

export const redirectedReads = Metric.counter("database_redirected_reads_total", {
  description: "Reads that a replica refused as writes (25006) and that went to the primary",
  incremental: true
})

const replicaLag = Metric.gauge("database_replica_lag_seconds", {
  description: "How far a replica was behind the primary when it was last asked, in seconds"
})

/** The gauge of one server, by host:port. */
export const replicaLagOf = (server: string) => Metric.withAttributes(replicaLag, { server })

const retries = Metric.counter("database_retries_total", {
  description: "Statements and transactions that were done again, by what the attempt before failed with",
  incremental: true
})

/** The counter of the retries after one kind of failure, for example `connection_lost`. */
export const retriesOf = (reason: string) => Metric.withAttributes(retries, { reason })

/** Retries that would have been made, but for `execution.retry_budget`. */
export const retriesWithheld = Metric.counter("database_retries_withheld_total", {
  description: "Statements and transactions that were not done again because the retry budget was used up",
  incremental: true
})
