/**
 * What every log sink inherits unless the logger's own settings say otherwise: `common.logging.level` and `.format`.
 * Precedence: sink, then logger, then these.
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"

/** The guide's six levels, the most talkative first. */
export const logLevels = ["trace", "debug", "info", "warn", "error", "critical"] as const
export type LogLevelName = typeof logLevels[number]

export const logFormats = ["json", "text"] as const
export type LogFormatName = typeof logFormats[number]

export class LoggingDefaults extends Context.Service<LoggingDefaults, {
  /** Absent when nobody set it. */
  readonly level?: LogLevelName
  readonly format?: LogFormatName
}>()("@heptad/common/LoggingDefaults") {
  static readonly layer = (defaults: LoggingDefaults["Service"]) => Layer.succeed(LoggingDefaults, defaults)
}
