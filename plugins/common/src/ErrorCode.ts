/**
 * The central error registry: one number, one stable name, one HTTP status per kind of failure, for all systems. The
 * numbers are those of the ecosystem's registry (100 per system, negative), so that logs and dashboards of both worlds
 * line up. Plugins name a code here instead of inventing one.
 */

export interface ErrorCode<out Name extends string = string> {
  /** `<system>.<what>`, stable. */
  readonly name: Name
  readonly number: number
  /** Status of the HTTP answer when this failure reaches a client. */
  readonly httpStatus: number
  /** Whether trying again, unchanged, may succeed. */
  readonly retryable: boolean
}

/** number, HTTP status, retryable */
type Entry = readonly [number: number, httpStatus: number, retryable?: "retryable"]

const table = {
  "common.invalid_argument": [-1, 400],
  "common.not_found": [-2, 404],
  "common.permission_denied": [-3, 403],
  "common.timeout": [-4, 504, "retryable"],
  "common.cancelled": [-5, 499],
  "common.not_initialized": [-6, 503, "retryable"],
  "common.already_exists": [-7, 409],
  "common.out_of_memory": [-8, 503, "retryable"],
  "common.io_error": [-9, 500],
  "common.network_error": [-10, 502, "retryable"],
  "common.registry_frozen": [-11, 500],
  "common.service_not_registered": [-50, 500],
  "common.circular_dependency": [-51, 500],
  "common.already_registered": [-52, 500],
  "common.factory_error": [-53, 500],
  "common.invalid_lifetime": [-54, 500],
  "common.scoped_from_root": [-55, 500],
  "common.internal_error": [-99, 500],
  "thread.pool_full": [-100, 503, "retryable"],
  "thread.pool_shutdown": [-101, 503, "retryable"],
  "thread.not_started": [-102, 503, "retryable"],
  "thread.invalid_pool_size": [-103, 500],
  "thread.worker_failed": [-120, 500, "retryable"],
  "thread.worker_not_found": [-121, 500],
  "thread.worker_busy": [-122, 503, "retryable"],
  "thread.job_rejected": [-140, 503, "retryable"],
  "thread.job_timeout": [-141, 504],
  "thread.job_cancelled": [-142, 499],
  "thread.invalid_job": [-143, 400],
  "thread.queue_full": [-160, 503, "retryable"],
  "thread.queue_empty": [-161, 500],
  "thread.queue_stopped": [-162, 503, "retryable"],
  "logger.file_open": [-200, 500],
  "logger.file_write": [-201, 500],
  "logger.file_close": [-202, 500],
  "logger.rotation": [-203, 500],
  "logger.permission": [-204, 500],
  "logger.writer_not_init": [-220, 500],
  "logger.stopped": [-221, 500],
  "logger.full": [-222, 503, "retryable"],
  "logger.async_failed": [-223, 500],
  "logger.invalid_format": [-240, 500],
  "logger.format_error": [-241, 500],
  "logger.invalid_filter": [-260, 400],
  "logger.filter_rejected": [-261, 400],
  "monitoring.metric_not_found": [-300, 404],
  "monitoring.invalid_type": [-301, 400],
  "monitoring.collection_failed": [-302, 500],
  "monitoring.storage_full": [-320, 507],
  "monitoring.storage_error": [-321, 500],
  "monitoring.publish": [-340, 502, "retryable"],
  "monitoring.subscribe": [-341, 500],
  "monitoring.invalid_event": [-342, 400],
  "monitoring.profiler": [-360, 500],
  "monitoring.profiler_busy": [-361, 409, "retryable"],
  "container.value_type_mismatch": [-400, 400],
  "container.invalid_value_type": [-401, 400],
  "container.conversion": [-402, 400],
  "container.serialise": [-420, 500],
  "container.deserialise": [-421, 400],
  "container.invalid_format": [-422, 415],
  "container.pool_exhausted": [-440, 503, "retryable"],
  "container.alloc": [-441, 503, "retryable"],
  "container.size": [-442, 413],
  "container.key_not_found": [-460, 404],
  "container.duplicate_key": [-461, 409],
  "container.full": [-462, 413],
  "database.connection_failed": [-500, 503, "retryable"],
  "database.connection_lost": [-501, 503, "retryable"],
  "database.connection_timeout": [-502, 503, "retryable"],
  "database.invalid_connection_string": [-503, 500],
  "database.pool_exhausted": [-520, 503, "retryable"],
  "database.pool_shutdown": [-521, 503, "retryable"],
  "database.pool_timeout": [-522, 503, "retryable"],
  "database.query_failed": [-540, 500],
  "database.query_syntax": [-541, 500],
  "database.query_timeout": [-542, 504],
  "database.transaction_failed": [-560, 500, "retryable"],
  "database.transaction_rolled_back": [-561, 409, "retryable"],
  "database.transaction_timeout": [-562, 504],
  "database.commit_unknown": [-563, 503],
  "network.connection_failed": [-600, 502, "retryable"],
  "network.connection_refused": [-601, 502, "retryable"],
  "network.connection_timeout": [-602, 504, "retryable"],
  "network.connection_closed": [-603, 502, "retryable"],
  "network.session_not_found": [-620, 401],
  "network.session_expired": [-621, 401],
  "network.session_invalid": [-622, 401],
  "network.send": [-640, 502, "retryable"],
  "network.receive": [-641, 400],
  "network.message_too_large": [-642, 413],
  "network.rate_limited": [-643, 429, "retryable"],
  "network.not_started": [-660, 503, "retryable"],
  "network.already_running": [-661, 500],
  "network.bind_failed": [-662, 500],
  "network.overloaded": [-663, 503, "retryable"]
} as const satisfies Record<string, Entry>

export type ErrorName = keyof typeof table

const toCode = <Name extends string>(
  [name, [number, httpStatus, retryable]]: readonly [Name, Entry]
): ErrorCode<Name> => ({
  name,
  number,
  httpStatus,
  retryable: retryable === "retryable"
})

/** Every code, highest number first. */
export const all: ReadonlyArray<ErrorCode> = Object.entries<Entry>(table).map(toCode)

const byName = new Map(all.map((code) => [code.name, code]))
const byNumber = new Map(all.map((code) => [code.number, code]))

/** The code of a name that the compiler knows. */
export const of = <Name extends ErrorName>(name: Name): ErrorCode<Name> => toCode([name, table[name]])

/** The code with this stable name or number, for text from outside (`heptad explain-error`). */
export const find = (text: string): ErrorCode | undefined => byName.get(text) ?? byNumber.get(Number(text))

/** What an error class carries so that logs, problems and counters agree on it. */
export interface Coded {
  readonly errorCode: ErrorCode
}

/** The code that an error carries, or `common.internal_error`. */
export const ofError = (error: unknown): ErrorCode =>
  typeof error === "object" && error !== null && "errorCode" in error && isErrorCode(error.errorCode)
    ? error.errorCode
    : of("common.internal_error")

const isErrorCode = (value: unknown): value is ErrorCode =>
  typeof value === "object" && value !== null && "number" in value && typeof value.number === "number" &&
  byNumber.get(value.number) !== undefined
