/** For tests of anything that logs: records are kept in memory, as data. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { CurrentLogAnnotations, CurrentLoggers, MinimumLogLevel } from "effect/References"
import { type ErrorFacts, errorOf, messageOf } from "./internal/record.ts"
import * as Level from "./Level.ts"
import { LogControl } from "./LogControl.ts"

export interface LogRecord {
  readonly date: Date
  readonly level: Level.Level
  readonly message: string
  readonly plugin: string | undefined
  readonly annotations: Readonly<Record<string, unknown>>
  readonly error: ErrorFacts | undefined
  readonly traceId: string | undefined
  readonly spanId: string | undefined
}

/** What was logged since the Layer was built, oldest first. */
export class LogMemory extends Context.Service<LogMemory, {
  readonly records: Effect.Effect<ReadonlyArray<LogRecord>>
  readonly clear: Effect.Effect<void>
}>()("@heptad/logger/testing/LogMemory") {}

const toRecord = (options: Logger.Options<unknown>): LogRecord => {
  const annotations = options.fiber.getRef(CurrentLogAnnotations)
  const error = errorOf(options)
  const span = options.fiber.cache.span
  return {
    date: options.date,
    level: Level.ofEffect[options.logLevel].level,
    message: messageOf(options.message, error),
    plugin: typeof annotations.plugin === "string" ? annotations.plugin : undefined,
    annotations,
    error,
    traceId: span?.traceId,
    spanId: span?.spanId
  }
}

/** Keeps every record from `trace` up, whatever levels are set; `LogControl` remembers levels and does nothing else. */
export const layerMemory: Layer.Layer<LogControl | LogMemory> = Layer.effectContext(Effect.sync(() => {
  const records: Array<LogRecord> = []
  const plugins = new Map<string, Level.Level>()
  let level: Level.Level = "trace"
  const control = LogControl.of({
    setLevel: (plugin, next) =>
      Effect.sync(() => {
        if (plugin === undefined) level = next
        else plugins.set(plugin, next)
      }),
    levels: Effect.sync(() => ({ default: level, plugins: Object.fromEntries(plugins) })),
    flush: Effect.void,
    reopen: Effect.void
  })
  const memory = LogMemory.of({
    records: Effect.sync(() => records.slice()),
    clear: Effect.sync(() => {
      records.length = 0
    })
  })
  const logger = Logger.make<unknown, void>((options) => {
    records.push(toRecord(options))
  })
  return Context.make(LogControl, control).pipe(
    Context.add(LogMemory, memory),
    Context.add(CurrentLoggers, new Set([logger])),
    Context.add(MinimumLogLevel, "Trace")
  )
}))
