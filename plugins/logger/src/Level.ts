/** Log levels in the spellings of the guide, and what each is in Effect's logging and in OpenTelemetry. */
import type * as EffectLogLevel from "effect/LogLevel"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

export const names = ["trace", "debug", "info", "warn", "error", "fatal"] as const

/** A level under its one name. The settings also read `warning` and `critical`. */
export type Level = typeof names[number]

const Name = Schema.Literals(names)
const Spelling = Schema.Literals([...names, "warning", "critical"])

const synonyms: Readonly<Record<typeof Spelling.Type, Level>> = {
  trace: "trace",
  debug: "debug",
  info: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  fatal: "fatal",
  critical: "fatal"
}

/** Reads a level in any of its spellings. */
export const FromText = Spelling.annotate({
  message: "Expected one of trace, debug, info, warn (warning), error, fatal (critical)"
}).pipe(Schema.decodeTo(
  Name,
  SchemaTransformation.transform<Level, typeof Spelling.Type>({
    decode: (text) => synonyms[text],
    encode: (level) => level
  })
))

/** What a level is to the rest of the world. */
export interface Facts {
  readonly level: Level
  /** Index in `names`: higher is more severe. */
  readonly rank: number
  /** As it stands in a record. */
  readonly text: string
  /** OpenTelemetry severity number. */
  readonly severity: number
}

const facts = (level: Level, rank: number): Facts => ({
  level,
  rank,
  text: level.toUpperCase(),
  severity: rank * 4 + 1
})

export const all: ReadonlyArray<Facts> = names.map(facts)

const of = (level: Level): Facts => facts(level, names.indexOf(level))

/** Facts of one of Effect's levels; `All` and `None` are thresholds there and never stand on a record. */
export const ofEffect: Readonly<Record<EffectLogLevel.LogLevel, Facts>> = {
  All: of("trace"),
  Trace: of("trace"),
  Debug: of("debug"),
  Info: of("info"),
  Warn: of("warn"),
  Error: of("error"),
  Fatal: of("fatal"),
  None: of("fatal")
}

export const rankOf = (level: Level): number => names.indexOf(level)
