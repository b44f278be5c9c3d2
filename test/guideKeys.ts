/**
 * What each of the guide's 169 key paths does here. A key of a plugin that a later version completes is `pending`; their number
 * may only fall. The index of a list is folded to `[]`; a list of plain values is one value.
 */
export type Entry =
  /** Done as the guide says; the test proves an effect that can be observed. */
  | { readonly status: "applied"; readonly file: string; readonly test: string }
  /** What it is for is reached in another way. */
  | { readonly status: "equivalent"; readonly why: string }
  /** Depends on the operating system or on Node, and says so where it is not done. */
  | { readonly status: "platform"; readonly why: string }
  /** Means nothing here. Accepted, documented, and told when somebody writes it. */
  | { readonly status: "no-op"; readonly why: string }
  /** Accepted, and told as not applied when somebody writes it; what a later version brings. */
  | { readonly status: "pending"; readonly brings: string }

type Row = readonly [keys: ReadonlyArray<string>, entry: Entry]

const applied = (file: string, test: string, ...keys: ReadonlyArray<string>): Row => [
  keys,
  { status: "applied", file, test }
]
const equivalent = (why: string, ...keys: ReadonlyArray<string>): Row => [keys, { status: "equivalent", why }]
const platform = (why: string, ...keys: ReadonlyArray<string>): Row => [keys, { status: "platform", why }]
const noOp = (why: string, ...keys: ReadonlyArray<string>): Row => [keys, { status: "no-op", why }]
const pending = (brings: string, ...keys: ReadonlyArray<string>): Row => [keys, { status: "pending", brings }]

const commonTests = "plugins/common/test/CommonPlugin.test.ts"
const logging = "test/commonLogging.test.ts"
const lints = "plugins/common/test/lints.test.ts"

const common: ReadonlyArray<Row> = [
  applied(
    commonTests,
    "obeys the guide's environment variables and detailed_errors",
    "common.error_handling.detailed_errors"
  ),
  applied(
    commonTests,
    "starts with the guide's common section as it is printed",
    "common.error_handling.error_registry.persist",
    "common.error_handling.error_registry.path"
  ),
  applied(
    logging,
    "common.logging.level holds for a logger without a level of its own, and for no other",
    "common.logging.level"
  ),
  applied(logging, "common.logging.format holds for sinks without a format of their own", "common.logging.format"),
  noOp(
    "JavaScript passes references: there is nothing to move or to elide",
    "common.result_type.move_semantics",
    "common.result_type.copy_elision"
  ),
  equivalent(
    "always strict: the compiler and every start check contracts and versions",
    "common.adapters.strict_type_checking"
  ),
  pending("adapters for known foreign objects", "common.adapters.enable_smart_adapters")
]

const deployment: ReadonlyArray<Row> = [
  equivalent("deployment.systems decides what runs in one process; another pattern is told", "deployment.pattern"),
  applied("apps/cli/test/composition.test.ts", "are exactly those that the settings name", "deployment.systems"),
  equivalent(
    `a process cannot limit itself; settings and a heap that want more are told (${lints})`,
    "deployment.resources.cpu",
    "deployment.resources.memory"
  ),
  noOp("who starts instances decides how many; an instance does not start others", "deployment.replicas")
]

const pool = "plugins/thread/test/plugin.test.ts"

const thread: ReadonlyArray<Row> = [
  applied(pool, "pool_size: slots and threads; auto is at least one", "thread.pool_size"),
  applied(
    pool,
    "queue.capacity, queue.overflow_policy, queue.max_wait, limits.max_job_duration",
    "thread.queue.capacity",
    "thread.queue.overflow_policy",
    "thread.limits.max_job_duration"
  ),
  applied(pool, "scheduler.priority_levels and scheduler.ageing", "thread.scheduler.priority_levels"),
  applied(pool, "limits.stack_size", "thread.limits.stack_size"),
  applied(
    pool,
    "metrics.enabled, export_queue_depth, export_cpu_usage: false hides the series",
    "thread.metrics.enabled",
    "thread.metrics.export_queue_depth",
    "thread.metrics.export_cpu_usage"
  ),
  applied(pool, "metrics.interval: gauges show the last sample, with the guide's names", "thread.metrics.interval"),
  platform("Node has no interface for it", "thread.cpu_affinity.enabled", "thread.cpu_affinity.cores"),
  noOp("the queue lives in one thread and is never locked", "thread.queue.type"),
  noOp("all threads take from one queue, so there is nothing to steal", "thread.scheduler.steal_policy"),
  equivalent(
    "a function cannot be paused; max_job_duration ends the ones that take too long",
    "thread.scheduler.preemption"
  ),
  pending("jobs of low priority held back while the CPU is busy", "thread.limits.max_cpu_usage")
]

const codecs = "plugins/container/test/settings.test.ts"

const container: ReadonlyArray<Row> = [
  applied(codecs, "default_format decides where nobody names a format", "container.default_format"),
  applied(
    codecs,
    "zero_copy gives views of the input from min_size on, copies below and when switched off",
    "container.zero_copy.enabled",
    "container.zero_copy.min_size"
  ),
  applied(
    codecs,
    "max_container_size is checked both ways, with the code of the registry",
    "container.memory.limits.max_container_size"
  ),
  applied(
    codecs,
    "compression makes it smaller, from min_size on, and only when enabled",
    "container.compression.enabled",
    "container.compression.min_size"
  ),
  applied(codecs, "compression.level trades time for size", "container.compression.level"),
  applied(
    "plugins/container/test/hostile.test.ts",
    "is refused with its path by both codecs",
    "container.validation.max_nesting_depth"
  ),
  platform("gzip and zstd are in Node; lz4 is not, is told, and zstd is used", "container.compression.algorithm"),
  equivalent(
    "always checked: without it the type of a payload would be a guess",
    "container.validation.schema_validation"
  ),
  pending(
    "encode buffers made before they are needed",
    "container.memory.pooling.enabled",
    "container.memory.pooling.pool_size",
    "container.memory.pooling.recycle_threshold"
  ),
  pending("accounting of payloads that are alive", "container.memory.limits.max_total_memory"),
  pending("the binary format, which carries a checksum", "container.validation.checksum_verification")
]

const pipeline = "plugins/logger/test/pipeline.test.ts"
const record = "plugins/logger/test/record.test.ts"
const loggerSettings = "plugins/logger/test/settings.test.ts"
const loggerProcess = "plugins/logger/test/process.test.ts"

const logger: ReadonlyArray<Row> = [
  applied(
    pipeline,
    "are read in both spellings, and a sink's own level stands over the default",
    "logger.default_level",
    "logger.sinks[].level"
  ),
  applied(
    pipeline,
    "does not exist when async.enabled is false: the line is there before the caller goes on",
    "logger.async.enabled"
  ),
  applied(pipeline, "drops and counts what does not fit, and says so in one line", "logger.async.queue_size"),
  applied(pipeline, "is written when flush_interval has passed, not before", "logger.async.flush_interval"),
  applied(
    pipeline,
    "loses nothing when full with",
    "logger.async.overflow_policy",
    "logger.performance.drop_on_overflow"
  ),
  applied(
    loggerSettings,
    "of the guide work: one record, each sink by its own level",
    "logger.sinks[].type",
    "logger.sinks[].path"
  ),
  applied(
    loggerProcess,
    "gets text when asked, with colour only when forced",
    "logger.sinks[].format",
    "logger.sinks[].colorize"
  ),
  applied(
    pipeline,
    "is rotated by size: nothing lost, nothing torn, the oldest beyond max_files gone",
    "logger.sinks[].rotation.max_size",
    "logger.sinks[].rotation.max_files"
  ),
  applied(
    pipeline,
    "is compressed after rotation, readable by its owner only",
    "logger.sinks[].rotation.compress"
  ),
  applied(
    record,
    "carries the constant fields of the logger and of the sink",
    "logger.fields.service_name",
    "logger.fields.environment",
    "logger.fields.region",
    "logger.fields.version"
  ),
  applied(pipeline, "is written when buffer_size is reached, without waiting", "logger.performance.buffer_size"),
  applied(record, "is cut at max_message_size and says how long it was", "logger.performance.max_message_size"),
  pending("a sink that writes to syslog", "logger.sinks[].facility", "logger.sinks[].hostname")
]

const metrics = "plugins/monitoring/test/metrics.test.ts"
const health = "plugins/monitoring/test/health.test.ts"
const ports = "plugins/monitoring/test/ports.test.ts"

const monitoring: ReadonlyArray<Row> = [
  applied(metrics, "closes the port and measures nothing when metrics are disabled", "monitoring.metrics.enabled"),
  applied(metrics, "is measured again every collection interval", "monitoring.metrics.collection_interval"),
  applied(metrics, "leaves out the kinds that are not listed", "monitoring.metrics.types"),
  applied(health, "stays closed when it is disabled", "monitoring.health.enabled"),
  applied(health, "serves the pages below another endpoint", "monitoring.health.endpoint"),
  applied(ports, "says who wants the health port and how to change it, exit code 69", "monitoring.health.port"),
  applied(
    health,
    "fails with a degrading check that the settings name",
    "monitoring.health.checks[].name",
    "monitoring.health.checks[].checks"
  ),
  applied(
    "plugins/monitoring/test/blocked.test.ts",
    "fails liveness while it lasts, and is told and counted afterwards",
    "monitoring.health.checks[].interval",
    "monitoring.health.checks[].timeout"
  ),
  applied(metrics, "closes the port when Prometheus is disabled, and still measures", "monitoring.prometheus.enabled"),
  applied(ports, "says who wants the metrics port and how to change it, exit code 69", "monitoring.prometheus.port"),
  applied(metrics, "moves to another endpoint", "monitoring.prometheus.endpoint"),
  applied(
    metrics,
    "prefixes every metric but the standard ones with namespace and subsystem",
    "monitoring.prometheus.namespace",
    "monitoring.prometheus.subsystem"
  ),
  applied(
    metrics,
    "labels every series; a label of the series itself wins",
    "monitoring.prometheus.labels.service",
    "monitoring.prometheus.labels.environment",
    "monitoring.prometheus.labels.region"
  ),
  pending(
    "past values of series, in memory and on disk",
    "monitoring.metrics.retention.in_memory_duration",
    "monitoring.metrics.retention.persist_to_disk"
  ),
  pending(
    "alert rules evaluated in the process, and Alertmanager told",
    "monitoring.alerts.enabled",
    "monitoring.alerts.webhook_url",
    "monitoring.alerts.rules[].name",
    "monitoring.alerts.rules[].expr",
    "monitoring.alerts.rules[].duration",
    "monitoring.alerts.rules[].severity"
  )
]

const sessions = "plugins/database/test/pool.test.ts"
const connecting = "plugins/database/test/connecting.test.ts"
const nodes = "plugins/database/test/nodes.test.ts"

const database: ReadonlyArray<Row> = [
  applied(
    sessions,
    "closes sessions above min_size that stay idle",
    "database.connection_pool.min_size",
    "database.connection_pool.idle_timeout"
  ),
  applied(
    sessions,
    "refuses a statement when all sessions stay in use, and works again afterwards",
    "database.connection_pool.max_size",
    "database.connection_pool.connection_timeout"
  ),
  applied(
    sessions,
    "replaces a session that is older than max_lifetime and closes idle ones above min_size",
    "database.connection_pool.max_lifetime"
  ),
  applied(sessions, "tries again to open a session as often as it is told", "database.execution.max_retry_attempts"),
  applied(
    sessions,
    "pauses longer between attempts, up to a limit",
    "database.execution.retry_backoff",
    "database.execution.initial_backoff",
    "database.execution.max_backoff"
  ),
  applied(sessions, "lets the server end what runs longer than query_timeout", "database.execution.query_timeout"),
  applied(
    sessions,
    "lets the server end what is open longer than transaction_timeout",
    "database.execution.transaction_timeout"
  ),
  applied(
    sessions,
    "keeps statements prepared unless told not to",
    "database.performance.prepared_statements",
    "database.performance.statement_cache_size"
  ),
  applied(sessions, "is ready while the server answers", "database.ha.failover.health_check_interval"),
  applied(
    connecting,
    "says who refused the port, for how long it tried, and what to do",
    "database.connections.primary.host",
    "database.connections.primary.port"
  ),
  applied(connecting, "says that the database does not exist", "database.connections.primary.database"),
  applied(
    connecting,
    "says at once that the password is wrong, and never shows it",
    "database.connections.primary.user",
    "database.connections.primary.password"
  ),
  applied(connecting, "encrypts as ssl_mode says", "database.connections.primary.ssl_mode"),
  applied(
    "plugins/database/test/batches.test.ts",
    "single inserts of one moment become statements of at most batch_size rows, and each caller gets its own row",
    "database.performance.batch_size"
  ),
  applied(
    nodes,
    "without read_replicas.enabled every statement goes to the primary, unless the caller says otherwise",
    "database.ha.read_replicas.enabled"
  ),
  applied(
    nodes,
    "endpoints as host:port are servers too, with the credentials of the primary",
    "database.ha.read_replicas.endpoints"
  ),
  applied(nodes, "random and least_connections choose among the replicas", "database.ha.read_replicas.load_balancing"),
  applied(
    nodes,
    "reads go to each replica in turn, writes and transactions to the primary",
    "database.connections.replicas[].host",
    "database.connections.replicas[].port"
  ),
  applied(
    "plugins/database/test/routing.test.ts",
    "names each server once, with what its entry says and else what the primary's says",
    "database.connections.replicas[].database",
    "database.connections.replicas[].user",
    "database.connections.replicas[].password",
    "database.connections.replicas[].ssl_mode"
  ),
  applied(
    "plugins/database/test/failover.test.ts",
    "writes wait for the promoted primary, and never go to the old one when it comes back as a primary",
    "database.ha.failover.enabled",
    "database.ha.failover.max_failover_attempts"
  )
]

const limits = "plugins/network/test/limits.test.ts"
const lifecycle = "plugins/network/test/lifecycle.test.ts"
const rateLimits = "plugins/network/test/rateLimit.test.ts"
const sockets = "plugins/network/test/socketOptions.test.ts"
const tls = "plugins/network/test/tls.test.ts"
const tlsReload = "plugins/network/test/tlsReload.test.ts"
const cors = "plugins/network/test/cors.test.ts"
const compression = "plugins/network/test/compression.test.ts"

/** They hold for every upstream that does not say otherwise. */
const balanced = {
  strategy: "the next requests are spread by it",
  enabled: "the endpoints are asked from now on",
  interval: "they are asked as often as it says now",
  timeout: "an endpoint that does not answer in the new time gets no requests",
  unhealthy_threshold: "an endpoint that fails so often gets no requests",
  healthy_threshold: "an endpoint that passes so often gets them again"
} as const

const network: ReadonlyArray<Row> = [
  applied(lifecycle, "an address of another machine cannot be bound", "network.tcp.bind_address"),
  applied(lifecycle, "a taken port says who wants it and how to change it", "network.tcp.port"),
  applied(sockets, "backlog: as many connections wait to be accepted, and hardly more", "network.tcp.backlog"),
  applied(limits, "connections beyond those of the process are closed unread", "network.tcp.max_connections"),
  applied(limits, "connections beyond those of one address are closed unread", "network.tcp.max_connections_per_ip"),
  applied(limits, "a head that does not arrive answers 408", "network.tcp.connection_timeout"),
  applied(limits, "a body that does not arrive answers 408", "network.tcp.read_timeout"),
  applied(
    limits,
    "a client that does not read its answer is disconnected, one whose answer takes time is not",
    "network.tcp.write_timeout"
  ),
  applied(limits, "an idle connection is closed after the keep-alive time", "network.tcp.keepalive_timeout"),
  applied(sockets, "tcp_nodelay: is what every accepted socket is told", "network.tcp.tcp_nodelay"),
  platform("Node has no TCP_QUICKACK; a route of the operating system can have it", "network.tcp.tcp_quickack"),
  platform("libuv always sets it on Unix and cannot unset it", "network.tcp.so_reuseaddr"),
  platform(`Linux and FreeBSD; elsewhere Node refuses it and it is left out (${sockets})`, "network.tcp.so_reuseport"),
  applied(
    limits,
    "a body announced as too large answers 413 unread and closes the connection",
    "network.http.max_request_size"
  ),
  applied(limits, "large header fields answer 431", "network.http.max_header_size"),
  applied(limits, "a long URI answers 414", "network.http.max_uri_length"),
  applied(
    rateLimits,
    "refuses what is too much with 429, and says on every answer what is left",
    "network.rate_limit.enabled",
    "network.rate_limit.burst"
  ),
  applied(rateLimits, "gives requests back as time goes by", "network.rate_limit.requests_per_second"),
  applied(rateLimits, "leaky_bucket refuses the same", "network.rate_limit.strategy"),
  applied(
    tls,
    "serves HTTPS with the suites and versions of the settings",
    "network.tls.enabled",
    "network.tls.cert_file",
    "network.tls.key_file",
    "network.tls.max_version",
    "network.tls.ciphers"
  ),
  applied(tls, "refuses clients without a certificate where it is asked for", "network.tls.ca_file"),
  applied(tls, "speaks no version below min_version", "network.tls.min_version"),
  applied(
    compression,
    "makes answers smaller, and they are the same when expanded",
    "network.http.compression.enabled"
  ),
  applied(
    compression,
    "the order of the settings decides among codings that a client likes equally",
    "network.http.compression.algorithms"
  ),
  applied(
    compression,
    "answers below min_size stay as they are, unless the client refuses that",
    "network.http.compression.min_size"
  ),
  applied(
    compression,
    "a higher level gives smaller answers; one beyond the scale of an algorithm is its highest",
    "network.http.compression.level"
  ),
  applied(
    cors,
    "a page of an allowed origin may read answers, and caches keep one for each origin",
    "network.http.cors.enabled",
    "network.http.cors.allowed_origins"
  ),
  applied(
    cors,
    "a preflight is answered before the router sees it",
    "network.http.cors.allowed_methods",
    "network.http.cors.allowed_headers",
    "network.http.cors.max_age"
  ),
  applied(
    tlsReload,
    "without auto_reload only the operation reads the files, with it also the interval",
    "network.tls.auto_reload",
    "network.tls.reload_interval"
  ),
  ...(["strategy", "enabled", "interval", "timeout", "unhealthy_threshold", "healthy_threshold"] as const).map(
    (name) => {
      const key = `network.load_balancing.${name === "strategy" ? name : `health_check.${name}`}`
      return applied("plugins/network/test/reload.test.ts", `${key}: ${balanced[name]}`, key)
    }
  )
]

export const rows: ReadonlyArray<Row> = [
  ...common,
  ...deployment,
  ...thread,
  ...container,
  ...logger,
  ...monitoring,
  ...database,
  ...network
]
